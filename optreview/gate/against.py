"""The pipeline of ``check --against``: another revision is measured, in place of a baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from optreview.gate import check, renames
from optreview.gate.measuring import Gauge, resolved
from optreview.gate.revision import checked_out
from optreview.gate.update import measured_baseline
from optreview.records import BASELINE_FORMAT, Baseline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.gate.cache import Cache
    from optreview.gate.check import Rules
    from optreview.gate.measuring import How, Measured
    from optreview.gate.revision import Revision
    from optreview.records import Check, CheckedClass
    from optreview.review import Observer


def against(
    name: str, specs: Sequence[str], rules: Rules, how: How, observer: Observer
) -> tuple[Check, frozenset[str]]:
    """Compare the targets with what they are in a revision, and name those that it has figures of.

    What is the same in both is measured once, and a class that only has another name is compared as well.

    Raises:
        InputError: A target, or the revision, cannot be used.
        MeasurementError: Nothing could be measured.
    """
    kept = how.cache()
    with checked_out(name) as revision:
        asked = replace(how.asked, lint=revision.accepting(how.asked.lint))
        before = _measured(revision, specs, replace(how, exempt=(), asked=asked), observer, kept)
        moved = renames.found(
            {each.name: each.candidate for each in before}, renames.candidates(resolved(specs))
        )
    old = _baseline(before, moved)
    failed = {moved.get(each.name, each.name): each.failure for each in before if each.failure is not None}
    rules = replace(rules, revision=name)
    done = check.check(old, specs, rules, how, observer, whole=True, kept=kept)
    former = {new: known for known, new in moved.items()}
    told = (_told(each, name, former, failed) for each in done.optimizers)
    return structs.replace(done, optimizers=tuple(told)), frozenset(old.optimizers)


def _measured(
    revision: Revision, specs: Sequence[str], how: How, observer: Observer, kept: Cache | None
) -> list[Measured]:
    places = revision.resolve(specs)
    if not places:
        return []
    with Gauge(places, how, observer, kept, lenient=True) as gauge:
        return list(gauge.everything())


def _baseline(found: Sequence[Measured], moved: Mapping[str, str]) -> Baseline:
    """What was measured, under the names that the classes have now."""
    if all(each.figures is None for each in found):
        return Baseline(format=BASELINE_FORMAT, torch="", device="", optimizers={})
    made = measured_baseline(found)
    held = {moved.get(name, name): figures for name, figures in made.optimizers.items()}
    return structs.replace(made, optimizers=held)


def _told(
    each: CheckedClass, revision: str, former: Mapping[str, str], failed: Mapping[str, str]
) -> CheckedClass:
    """With what became of its name, and why there is nothing to compare it with."""
    reasons = each.reasons
    if each.verdict == "added" and each.optimizer in failed:
        reasons = (f"In {revision} it could not be measured: {failed[each.optimizer]}",)
    if each.optimizer in former:
        reasons = (f"In {revision} it is {former[each.optimizer]}.", *reasons)
    return structs.replace(each, reasons=reasons)
