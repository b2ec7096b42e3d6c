"""Two baselines → what is better and what is worse: a pure function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.gate import families, findings, outcomes
from optreview.gate.baseline import UPDATE
from optreview.gate.difference import at_7b, differs, parts
from optreview.records import FIGURES, Change, CheckedClass, GrowthChange, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optreview.records import (
        Baseline,
        BaselineClass,
        BaselineRun,
        FigureName,
        Tolerance,
    )
    from optreview.records.gate import ClassVerdict

#: State that never stops growing; every other verdict is harmless.
_ENDLESS = frozenset({"growing", "graph_retained", "python_growth"})


def compare(
    old: Baseline,
    new: Baseline,
    tolerance: Tolerance,
    unmeasured: Mapping[str, str] | None = None,
    revision: str | None = None,
) -> tuple[CheckedClass, ...]:
    """Every class of either, sorted by name.

    Args:
        old: What was.
        new: What is; a class that is not in it is gone, unless it could not be measured.
        tolerance: What figures may differ by.
        unmeasured: Why classes could not be measured, by name.
        revision: What the old one was measured from, beside the same packages; None where it is a file.
    """
    failed = unmeasured or {}
    shared = _conditions(old, new)
    return tuple(
        _failed(name, failed[name])
        if name in failed
        else _class(name, old.optimizers.get(name), new.optimizers.get(name), tolerance, shared, revision)
        for name in sorted({*old.optimizers, *new.optimizers, *failed})
    )


def _failed(name: str, failure: str) -> CheckedClass:
    return CheckedClass(optimizer=name, verdict="not-measured", reasons=(failure,))


def _class(  # noqa: PLR0913, PLR0917 - both sides and what is known of them
    name: str,
    before: BaselineClass | None,
    after: BaselineClass | None,
    tolerance: Tolerance,
    conditions: tuple[str, ...],
    revision: str | None,
) -> CheckedClass:
    where, drops, adds = ("the baseline", f"; '{UPDATE}' drops it", f"; '{UPDATE}' adds it")
    if revision is not None:
        where, drops, adds = (revision, "", "")
    if after is None:
        told = f"It is in {where} and no longer in the targets{drops}."
        return CheckedClass(optimizer=name, verdict="removed", reasons=(told,))
    if before is None:
        return CheckedClass(optimizer=name, verdict="added", reasons=(f"It is not in {where}{adds}.",))
    if revision is not None:  # what it uses now is there for both
        before = structs.replace(before, packages=after.packages)
    if unlike := (*conditions, *_own_conditions(before, after)):
        reasons = (*unlike, f"Go back to what the baseline was made with, or run '{UPDATE}'.")
        return CheckedClass(optimizer=name, verdict="incomparable", reasons=reasons)
    return _figures(name, before, after, tolerance)


def _figures(name: str, before: BaselineClass, after: BaselineClass, tolerance: Tolerance) -> CheckedClass:
    changes = tuple(
        change
        for run in sorted(before.runs.keys() & after.runs.keys())
        for change in _run(run, before.runs[run], after.runs[run], tolerance)
    )
    growth = _growth(before, after)
    lost = [f"There is no figure any more for '{run}'." for run in sorted(before.runs.keys() - after.runs)]
    if before.growth is not None and after.growth is None:
        lost.append("Growth could not be measured any more.")
    gained = [f"'{run}' is not in the baseline." for run in sorted(after.runs.keys() - before.runs)]
    unlike = tuple(_not_asked(before, after))
    asked, answered = _comparable(before, after)
    probes = tuple(outcomes.changes(asked.probes or {}, answered.probes or {}))
    lint = tuple(findings.changes(asked.lint or {}, answered.lint or {}))
    silent = outcomes.lost(asked.probes or {}, answered.probes or {})
    verdicts: set[str] = {each.verdict for each in changes}
    verdicts |= {each.verdict for each in probes} | {each.verdict for each in lint}
    if growth is not None:
        verdicts.add(growth.verdict)
    verdict: ClassVerdict = "same"
    if "worse" in verdicts:
        verdict = "worse"
    elif lost:
        verdict = "not-measured"
    elif unlike:
        verdict = "incomparable"
    elif "better" in verdicts:
        verdict = "better"
    return CheckedClass(
        optimizer=name,
        verdict=verdict,
        reasons=(*lost, *unlike, *silent, *gained),
        changes=changes,
        growth=growth,
        probes=probes,
        lint=lint,
    )


def _comparable(before: BaselineClass, after: BaselineClass) -> tuple[BaselineClass, BaselineClass]:
    """Both without what only one of them was asked, or what two versions of optreview found."""
    alike = before.optreview == after.optreview
    dropped = [
        option
        for option in ("probes", "lint")
        if not alike or getattr(before, option) is None or getattr(after, option) is None
    ]
    nothing: dict[str, None] = dict.fromkeys(dropped)
    return structs.replace(before, **nothing), structs.replace(after, **nothing)


def _not_asked(before: BaselineClass, after: BaselineClass) -> Iterator[str]:
    """Why outcomes of probes, or findings of rules, that were asked for cannot be compared."""
    pairs = (("probes", before.probes, after.probes), ("lint", before.lint, after.lint))
    for option, was, now in pairs:
        if now is None:
            continue
        if was is None:
            yield f"The baseline has nothing of --{option}; '{UPDATE} --{option}' adds it."
        elif before.optreview != after.optreview:
            yield (
                f"What --{option} found is not compared: optreview was {before.optreview} and is "
                f"{after.optreview}. '{UPDATE} --{option}' makes it anew."
            )


def _conditions(old: Baseline, new: Baseline) -> tuple[str, ...]:
    """What keeps everything from being compared."""
    pairs = (("torch", old.torch, new.torch), ("the device", old.device, new.device))
    return tuple(_unlike(what, before, after) for what, before, after in pairs if before != after)


def _own_conditions(before: BaselineClass, after: BaselineClass) -> Iterator[str]:
    """What keeps one class from being compared."""
    if before.workload != after.workload:
        yield _unlike("the model", before.workload, after.workload)
    if before.workload_version != after.workload_version:
        yield _unlike("the models' version", str(before.workload_version), str(after.workload_version))
    for name in sorted({*before.packages, *after.packages}):
        one, other = before.packages.get(name, "not used"), after.packages.get(name, "not used")
        if one != other:
            yield _unlike(f"the package {name}", one, other)


def _unlike(what: str, before: str, after: str) -> str:
    return f"Not compared: {what} was {before} and is {after}."


def _run(run: str, before: BaselineRun, after: BaselineRun, tolerance: Tolerance) -> Iterator[Change]:
    for figure in FIGURES:
        was, now = getattr(before, figure), getattr(after, figure)
        found: Change | None = None
        if differs(was, now, tolerance):
            found = Change(
                run=run,
                figure=figure,
                verdict="worse" if now > was else "better",
                before=was,
                after=now,
                at_7b=at_7b(now - was),
                parts=_parts(figure, before.buffers, after.buffers, tolerance),
            )
        if figure == "state":
            yield from families.divided(run, before.families, after.families, found, tolerance)
        elif found is not None:
            yield found


def _parts(
    figure: FigureName, before: Mapping[str, float], after: Mapping[str, float], tolerance: Tolerance
) -> tuple[Part, ...]:
    """The buffers that make the difference, of a figure that buffers make."""
    if figure not in {"state", "hidden"}:
        return ()
    was, now = (
        {key: each for key, each in held.items() if figure == "state" or key.startswith("hidden:")}
        for held in (before, after)
    )
    return parts(was, now, tolerance)


def _growth(before: BaselineClass, after: BaselineClass) -> GrowthChange | None:
    was, now = before.growth, after.growth
    if was is None or now is None or was == now:
        return None
    if (was in _ENDLESS) == (now in _ENDLESS):
        return GrowthChange(verdict="changed", before=was, after=now)
    return GrowthChange(verdict="worse" if now in _ENDLESS else "better", before=was, after=now)
