"""What a check says in sentences, alike in every format that people read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from optreview.report import figures
from optreview.report.escaping import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.records import (
        Breach,
        Change,
        Check,
        CheckedClass,
        FigureName,
        GrowthChange,
        SourceLine,
    )
    from optreview.records.gate import Held, LintChange, ModelBreach, ModelFigure, ProbeChange
    from optreview.records.memory import Family

NAMES: dict[FigureName, str] = {
    "state": "state",
    "hidden": "state outside optimizer.state, which no checkpoint has",
    "host": "memory of NumPy and Python",
    "first_transient": "peak of the first step",
    "steady_transient": "peak of a later step",
}
#: Parameters of a family of shapes, as people call them.
FAMILIES: dict[Family, str] = {"conv": "convolutions", "matrix": "matrices", "vector": "vectors"}
MODEL_FIGURES: dict[ModelFigure, str] = {
    "state": "state",
    "hidden": "state outside optimizer.state",
    "first_transient": "peak of temporaries in the first step",
    "steady_transient": "peak of temporaries in a later step",
    "peak": "parameters, gradients, state and temporaries of a later step",
}
#: A peak need not grow as the parameters do: often it is that of the largest tensor.
_PEAKS = frozenset({"first_transient", "steady_transient"})
_WAS = {"pass": "passed", "fail": "failed", "differs-by-design": "differed by design"}
_IS = {"pass": "passes", "fail": "fails", "differs-by-design": "differs by design"}
_IN_WORDS = {"not-measured": "not measured", "same": "unchanged", "added": "new", "removed": "gone"}
#: Lines, or buffers, that are named for one difference.
_NAMED = 4


def summary(check: Check) -> str:
    """How many there are of each verdict, and what to do where something is worse."""
    said = counted(check)
    over = [each for each in check.optimizers if each.breaches or each.model_breaches]
    if over:
        said += " Budgets are set in [tool.optreview]."
    accepted = check.against is None  # what a revision takes cannot be written anew
    if accepted and any(each.verdict == "worse" and each not in over for each in check.optimizers):
        said += " If it has to be so, 'optreview baseline update' accepts it."
    return " ".join((said, *map(plain, check.notes)))


def counted(check: Check) -> str:
    """How many there are of each verdict."""
    counts = Counter(each.verdict for each in check.optimizers)
    told = [f"{count} {in_words(verdict)}" for verdict, count in counts.items()]
    return f"{figures.count(len(check.optimizers), 'optimizer')}: {', '.join(told)}."


def in_words(verdict: str) -> str:
    """A verdict as people say it."""
    return _IN_WORDS.get(verdict, verdict)


def block(each: CheckedClass) -> Iterator[str]:
    """All there is to say of one optimizer, line by line; nothing where it is as it was."""
    if each.verdict == "same" and not (each.reasons or each.growth or each.probes):
        return
    yield f"{in_words(each.verdict)}: {plain(each.optimizer)}"
    yield from (f"  {plain(reason)}" for reason in each.reasons)
    yield from (line for breach in each.breaches for line in _breach(breach))
    yield from (line for breach in each.model_breaches for line in _on_model(breach))
    if each.growth is not None:
        yield from _growth(each.growth)
    order = sorted(each.changes, key=lambda change: (-abs(change.after - change.before), change.run))
    yield from (line for change in order for line in _change(change))
    for probe in each.probes:
        yield f"  {probe.verdict}: {answered(probe)}{at(probe.places)}"
    for rule in each.lint:
        yield f"  {rule.verdict}: {counts(rule)}"
        yield from (
            f"    new at {plain(place.file)}:{place.line}: {plain(place.source)}" for place in rule.places
        )


def _breach(breach: Breach) -> Iterator[str]:
    yield f"  over budget, {breach.run}: {limit(breach)}{made(breach.places)}"
    yield from _filling(breach.parts)


def _on_model(breach: ModelBreach) -> Iterator[str]:
    yield f"  over budget, {on(breach)}: {model_limit(breach)}{made(breach.places)}"
    yield from _filling(breach.parts, " per parameter")


def _filling(parts: Sequence[Held], unit: str = "") -> Iterator[str]:
    for part in parts[:_NAMED]:
        yield f"    {plain(part.key)} {figures.per_parameter(part.value)}{unit}{made(part.places)}"
    if len(parts) > _NAMED:
        yield f"    and {figures.count(len(parts) - _NAMED, 'other buffer')}"


def _growth(growth: GrowthChange) -> Iterator[str]:
    yield f"  {growth.verdict}: {grown(growth)}{made(growth.places)}"
    if growth.holders:
        yield f"    what grows: {', '.join(map(plain, growth.holders))}"


def _change(change: Change) -> Iterator[str]:
    yield f"  {change.verdict}, {change.run}: {changed(change)}{made(change.places)}"
    for part in change.parts:
        yield f"    {plain(part.key)} {step(part.before, part.after)}{made(part.places)}"


def limit(breach: Breach) -> str:
    """What a budget is, and what is taken instead."""
    allowed, taken = figures.per_parameter(breach.limit), figures.per_parameter(breach.value)
    meant = f" ({meaning(breach.figure, breach.at_7b)})"
    return f"{plain(breach.budget)} is {allowed} per parameter, and it takes {taken}{meant}"


def on(breach: ModelBreach) -> str:
    """On which model, and what would run it."""
    return f"{plain(breach.model)} in {breach.dtype} on {breach.device}"


def model_limit(breach: ModelBreach) -> str:
    """What a budget on a model is, and what is taken instead."""
    allowed, taken = figures.data_size(breach.limit), figures.data_size(breach.value)
    how = "" if breach.exact else " by an estimate: the simulation could not be shown to be exact"
    what = MODEL_FIGURES[breach.figure]
    return f"{plain(breach.budget)} is {allowed}, and it takes {taken} ({what}){how}"


def answered(change: ProbeChange) -> str:
    """What became of a probe, before and now, and what was seen."""
    before = _WAS.get(change.before, f"was {plain(change.before)}")
    after = _IS.get(change.after, f"is {plain(change.after)}")
    seen = f": {plain(change.note).rstrip('.')}" if change.note else ""
    return f"the probe {change.probe} {before} and {after} now{seen}"


def counts(change: LintChange) -> str:
    """How often a rule found something, before and now, and what it says of what is new."""
    said = f": {plain(change.message).rstrip('.')}" if change.message else ""
    found = f"{change.before} → {figures.count(change.after, 'finding')}"
    return f"the rule {change.rule} {found}{said}"


def grown(growth: GrowthChange) -> str:
    """One verdict on growth after another."""
    return f"growth was {growth.before} and is {growth.after}"


def changed(change: Change) -> str:
    """A figure before and after, and what that means."""
    taken = step(change.before, change.after)
    if change.family is not None:
        kind = FAMILIES[change.family]
        size, more = figures.data_size(abs(change.at_7b)), "more" if change.at_7b > 0 else "less"
        meant = f"{size} {more} at 7 billion parameters in {kind}"
        return f"state of {kind} {taken} for each of their parameters ({meant})"
    where = f", in {families(change.only)} only" if change.only else ""
    meant = f" ({meaning(change.figure, change.at_7b)})"
    return f"{NAMES[change.figure]} {taken} per parameter{where}{meant}"


def families(names: Sequence[Family]) -> str:
    """Families of shapes in words."""
    return figures.items([FAMILIES[each] for each in names])


def step(before: float, after: float) -> str:
    """Bytes per parameter before and after."""
    return f"{figures.per_parameter(before)} → {figures.per_parameter(after)}"


def meaning(figure: FigureName, at_7b: int) -> str:
    """A difference at seven billion parameters."""
    upto = "up to " if figure in _PEAKS else ""
    more = "more" if at_7b > 0 else "less"
    return f"{upto}{figures.data_size(abs(at_7b))} {more} at 7 billion parameters"


def made(places: Sequence[SourceLine]) -> str:
    """Where something is made, as the end of a sentence; empty where that is not known."""
    return f", made{at(places).removeprefix(',')}" if places else ""


def at(places: Sequence[SourceLine]) -> str:
    """Where something is, as the end of a sentence; empty where that is not known."""
    if not places:
        return ""
    named = [f"{plain(place.file)}:{place.line}" for place in places[:_NAMED]]
    if len(places) > _NAMED:
        named.append(f"{len(places) - _NAMED} more")
    return f", at {figures.items(named)}"
