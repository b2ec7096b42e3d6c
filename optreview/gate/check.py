"""The pipeline of ``check``: measure, compare, and measure what looks worse a second time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

import optreview
from optreview.errors import MeasurementError
from optreview.gate import budgets, on_models
from optreview.gate.attribute import attributed, defined
from optreview.gate.baseline import UPDATE
from optreview.gate.compare import compare
from optreview.gate.measuring import Gauge, resolved
from optreview.gate.scope import Scope
from optreview.gate.update import measured_baseline
from optreview.places import Places
from optreview.records import CHECK_VERSION, GENERATOR, Check, CheckedClass, Tolerance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.gate.budgets import Budget
    from optreview.gate.cache import Cache
    from optreview.gate.measuring import How, Measured
    from optreview.records import Baseline, BaselineRun, GrowthChange
    from optreview.records.gate import ModelBreach
    from optreview.review import Observer

_ORDER = ("worse", "not-measured", "incomparable", "added", "removed", "better", "same")


@dataclass(frozen=True)
class Rules:
    """What a project asks of its optimizers.

    Attributes:
        revision: What the figures to compare with were measured from; None where a file has them.
    """

    tolerance: Tolerance = field(default_factory=Tolerance)
    budgets: tuple[Budget, ...] = ()
    revision: str | None = None


def check(  # noqa: PLR0913 - what to compare, with what, and how
    old: Baseline,
    specs: Sequence[str],
    rules: Rules,
    how: How,
    observer: Observer,
    *,
    whole: bool = False,
    kept: Cache | None = None,
) -> Check:
    """Measure the targets and compare them with the baseline.

    Raises:
        InputError: A target cannot be used, or a budget or an exemption is about nothing.
        MeasurementError: Nothing could be measured.
    """
    scope = Scope(specs, whole=whole)
    with Gauge(resolved(specs), how, observer, kept) as gauge:
        budgets.check_use(rules.budgets, how.exempt, {*gauge.candidates, *old.optimizers})
        found = list(gauge.everything())
        environments = [each.evidence.environment for each in found if each.evidence is not None]
        if not environments:
            told = [each.failure or "" for each in found]
            raise MeasurementError(f"Nothing could be measured: {told[0] if told else 'all is exempt.'}")
        checked = [_confirmed(each, old, rules, gauge) for each in found]
        present = frozenset(gauge.candidates)
    gone = {
        name: known for name, known in old.optimizers.items() if name not in present and scope.holds(name)
    }
    new = structs.replace(measured_baseline(found), optimizers={})
    checked += compare(
        structs.replace(old, optimizers=gone), new, rules.tolerance, gauge.lost(gone), rules.revision
    )
    return Check(
        schema_version=CHECK_VERSION,
        generator=GENERATOR,
        generator_version=optreview.__version__,
        torch=new.torch,
        device=new.device,
        tolerance=rules.tolerance,
        against=rules.revision,
        notes=tuple(_notes(old, found)),
        prefix=Places.around(Path.cwd()).prefix,
        optimizers=tuple(sorted(checked, key=_worst_first)),
    )


def _notes(old: Baseline, found: Sequence[Measured]) -> Iterator[str]:
    """What is not compared because the baseline is older than this optreview."""
    held = [run for each in found for run in _known(old, each)]
    if held and not any(run.families for run in held):
        yield (
            f"The baseline is of format {old.format} and has no figures by families of shapes, so these are "
            f"not compared; '{UPDATE}' adds them."
        )


def _known(old: Baseline, now: Measured) -> tuple[BaselineRun, ...]:
    return tuple(old.optimizers[now.name].runs.values()) if now.name in old.optimizers else ()


def _worst_first(each: CheckedClass) -> tuple[int, float, str]:
    return _ORDER.index(each.verdict), -each.worst, each.optimizer


def _confirmed(first: Measured, old: Baseline, rules: Rules, gauge: Gauge) -> CheckedClass:
    """One class; what looks worse only counts when fresh processes find the same."""
    suspected = _judged(first, old, rules)
    if suspected.verdict != "worse":
        return suspected
    again = gauge.again(first)
    if again.failure is not None:
        told = f"It looked worse, and could not be measured a second time: {again.failure}"
        return CheckedClass(
            optimizer=first.name,
            verdict="not-measured",
            defined=defined(first.candidate),
            reasons=(told,),
        )
    return confirmed(suspected, _judged(again, old, rules))


def confirmed(first: CheckedClass, second: CheckedClass) -> CheckedClass:
    """The second measurement, where what the first one did not find as well is called unsteady."""
    seen = {(each.run, each.figure, each.family) for each in first.changes if each.verdict == "worse"}
    changes = tuple(
        structs.replace(each, verdict="unsteady")
        if each.verdict == "worse" and (each.run, each.figure, each.family) not in seen
        else each
        for each in second.changes
    )
    failed = {each.probe for each in first.probes if each.verdict == "worse"}
    probes = tuple(
        structs.replace(each, verdict="unsteady")
        if each.verdict == "worse" and each.probe not in failed
        else each
        for each in second.probes
    )
    over = {(each.run, each.budget) for each in first.breaches}
    breaches = tuple(each for each in second.breaches if (each.run, each.budget) in over)
    large = {(each.device, each.budget) for each in first.model_breaches}
    still_large = tuple(each for each in second.model_breaches if (each.device, each.budget) in large)
    growth = second.growth
    grows = _grows(growth)
    if growth is not None and grows and not _grows(first.growth):
        growth, grows = structs.replace(growth, verdict="unsteady"), False
    verdicts = [each.verdict for each in changes] + [each.verdict for each in probes]
    differs = "worse" in verdicts or any(each.verdict == "worse" for each in second.lint)
    worse = grows or bool(breaches) or bool(still_large) or differs
    found = structs.replace(
        second, changes=changes, breaches=breaches, model_breaches=still_large, growth=growth, probes=probes
    )
    if worse:
        return structs.replace(found, verdict="worse")
    told = "It was worse in one of two measurements only, so it is not counted as worse."
    verdict = "same" if second.verdict == "worse" else second.verdict
    return structs.replace(found, verdict=verdict, reasons=(*second.reasons, told))


def _grows(growth: GrowthChange | None) -> bool:
    return growth is not None and growth.verdict == "worse"


def _judged(now: Measured, old: Baseline, rules: Rules) -> CheckedClass:
    """One class against the baseline and the budgets."""
    return structs.replace(_compared(now, old, rules), defined=defined(now.candidate))


def _compared(now: Measured, old: Baseline, rules: Rules) -> CheckedClass:
    known = {name: each for name, each in old.optimizers.items() if name == now.name}
    before = structs.replace(old, optimizers=known)
    if now.figures is None:
        failed = {now.name: now.failure or "It could not be measured."}
        (checked,) = compare(
            before, structs.replace(before, optimizers={}), rules.tolerance, failed, rules.revision
        )
        return checked
    (checked,) = compare(before, measured_baseline([now]), rules.tolerance, revision=rules.revision)
    over = budgets.breaches(now.name, now.figures, now.adamw, rules.budgets, rules.tolerance)
    large: tuple[ModelBreach, ...] = ()
    if now.evidence is not None:
        large = on_models.breaches(now.name, now.evidence, rules.budgets, rules.tolerance)
        if unknown := on_models.missing(now.name, now.evidence, rules.budgets):
            verdict = checked.verdict if checked.verdict == "worse" else "not-measured"
            checked = structs.replace(checked, verdict=verdict, reasons=(*checked.reasons, *unknown))
    if over or large:
        checked = structs.replace(checked, verdict="worse", breaches=over, model_breaches=large)
    return attributed(checked, known.get(now.name), now)
