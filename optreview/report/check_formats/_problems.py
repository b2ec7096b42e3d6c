"""What is worse about an optimizer, each thing once in however many runs it shows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from optreview.report import figures
from optreview.report.check_formats import _words
from optreview.report.check_formats._conduct import conduct
from optreview.report.check_formats._problem import Problem, in_runs
from optreview.report.escaping import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optreview.records import Breach, Change, CheckedClass, GrowthChange
    from optreview.records.gate import Held, ModelBreach

B = TypeVar("B", "Breach", "ModelBreach")

#: What a rule is about, for formats that describe the rules they report by.
RULES = {
    "state": "More state than before.",
    "family": "More state than before for parameters of one family of shapes.",
    "hidden": "More state outside optimizer.state than before; no checkpoint has it.",
    "host": "More memory of NumPy and Python than before.",
    "first_transient": "A higher peak of the first step than before.",
    "steady_transient": "A higher peak of a later step than before.",
    "growth": "State that never stops growing, and did stop before.",
    "budget": "More memory than a budget of the project allows.",
    "probe_failed": "A probe of behaviour that passed before and fails.",
    "lint_more": "A rule that finds more in the source than before.",
}
#: Those that are not about memory.
CONDUCT = frozenset({"probe_failed", "lint_more"})


#: Buffers that are named of one budget.
_NAMED = 4


def problems(each: CheckedClass) -> tuple[Problem, ...]:
    """What is worse about one optimizer: growth, budgets, the largest change first, then its conduct."""
    return (
        *_growth(each.growth),
        *_breaches(each.breaches),
        *_on_models(each.model_breaches),
        *_changes(each.changes),
        *conduct(each),
    )


def is_memory(each: CheckedClass) -> bool:
    """Whether all that is worse is about memory."""
    return not any(problem.rule in CONDUCT for problem in problems(each))


def _growth(growth: GrowthChange | None) -> Iterator[Problem]:
    if growth is None or growth.verdict != "worse":
        return
    holders = ", ".join(map(plain, growth.holders))
    what = f"; what grows: {holders}" if holders else ""
    yield Problem(
        rule="growth",
        subject=", ".join(growth.holders),
        title=f"grows without end{f': {holders}' if holders else ''}",
        figures=f"{growth.before} → {growth.after}",
        places=growth.places,
        sentence=f"{_words.grown(growth)}{what}{_words.made(growth.places)}",
    )


def _breaches(breaches: Sequence[Breach]) -> Iterator[Problem]:
    for group in _budgets(breaches, lambda each: each.run):
        worst = group[0]
        was, now = map(figures.per_parameter, (worst.limit, worst.value))
        more = _words.meaning(worst.figure, worst.at_7b)
        runs = [each.run for each in group]
        yield _over(worst, runs, f"{was} → {now}", _words.limit(worst), more)


def _on_models(breaches: Sequence[ModelBreach]) -> Iterator[Problem]:
    """Each budget once, on the device where most is taken."""
    for group in _budgets(breaches, lambda each: each.device):
        worst = group[0]
        was, now = map(figures.data_size, (worst.limit, worst.value))
        yield _over(worst, list(map(_words.on, group)), f"{was} → {now} in all", _words.model_limit(worst))


def _budgets(breaches: Sequence[B], where: Callable[[B], str]) -> list[list[B]]:
    """What is over each budget, the worst first."""
    groups: dict[str, list[B]] = defaultdict(list)
    for breach in sorted(breaches, key=lambda each: (each.limit - each.value, where(each))):
        groups[breach.budget].append(breach)
    return list(groups.values())


def _over(
    worst: Breach | ModelBreach, runs: Sequence[str], change: str, limit: str, at_7b: str = ""
) -> Problem:
    first = next(iter(worst.parts), None)
    places = first.places if first else worst.places
    return Problem(
        rule="budget",
        subject=worst.budget,
        title=f"over budget: {plain(worst.budget)}",
        figures=change,
        at_7b=at_7b,
        runs=tuple(runs),
        places=places,
        sentence=f"over budget, {in_runs(runs)}: {limit}{_held(worst.parts)}{_words.made(places)}",
    )


def _held(parts: Sequence[Held]) -> str:
    named = [f"{plain(part.key)} {figures.per_parameter(part.value)}" for part in parts[:_NAMED]]
    if len(parts) > _NAMED:
        named.append(figures.count(len(parts) - _NAMED, "other buffer"))
    return f"; it holds {figures.items(named)}" if named else ""


def _changes(changes: Sequence[Change]) -> Iterator[Problem]:
    groups: dict[tuple[str, str, tuple[str, ...]], list[Change]] = defaultdict(list)
    for change in sorted(_worse(changes), key=lambda each: (each.before - each.after, each.run)):
        more = tuple(sorted(part.key for part in change.parts if part.after > part.before))
        groups[change.figure, change.family or "", more].append(change)
    for (figure, family, keys), group in groups.items():
        worst = group[0]
        runs = tuple(each.run for each in group)
        parts = [part for part in worst.parts if part.after > part.before]
        places = tuple(dict.fromkeys((*worst.places, *(place for part in parts for place in part.places))))
        named = [f"{plain(part.key)} {_words.step(part.before, part.after)}" for part in parts]
        buffers = f"; {figures.items(named)}" if named else ""
        name = _named(worst)
        yield Problem(
            rule="family" if family else figure,
            subject=": ".join(filter(None, (family, ", ".join(keys)))),
            title=f"{name}{': ' if keys else ''}{', '.join(map(plain, keys))}",
            figures=_words.step(worst.before, worst.after),
            at_7b=_words.meaning(worst.figure, worst.at_7b),
            runs=runs,
            places=places,
            sentence=f"{in_runs(runs)}: {_words.changed(worst)}{buffers}{_words.made(places)}",
        )


def _named(change: Change) -> str:
    """What a figure is about, in few words."""
    if change.family is not None:
        return f"state of {_words.FAMILIES[change.family]}"
    where = f" in {_words.families(change.only)} only" if change.only else ""
    return _words.NAMES[change.figure].partition(",")[0] + where


def _worse(changes: Sequence[Change]) -> list[Change]:
    """Without changes of all state that are nothing but those of the hidden part of it."""
    worse = [each for each in changes if each.verdict == "worse"]
    hidden = {(each.run, each.after - each.before) for each in worse if each.figure == "hidden"}
    return [e for e in worse if e.figure != "state" or (e.run, e.after - e.before) not in hidden]
