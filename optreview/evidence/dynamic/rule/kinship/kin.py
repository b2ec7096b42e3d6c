"""The nearest known rules: all by structure, then the nearest of them by what they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from optreview.evidence.dynamic.rule.kinship.comparison import SAME, Comparison
from optreview.evidence.dynamic.rule.kinship.differences import Differences
from optreview.evidence.dynamic.rule.kinship.subject import lent, of_equations
from optreview.records import Kin, Option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.evidence.dynamic.rule.functions import Functions
    from optreview.evidence.dynamic.rule.kinship.comparison import Behaviour
    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.records import Equations, KnownRule, UpdateRule

Verdict = Literal["same", "same-except", "skeleton", "graded"]
#: How many are told, how many are run, and how many older ones are told of a known one.
KEPT, RUN, OLDER = 5, 12, 3
_KINDS = {0: "a scalar", 1: "a vector", 2: "a matrix"}
_ORDER = {"same": 0, "same-except": 1, "skeleton": 2, "graded": 2}


@dataclass(frozen=True)
class _Found:
    known: KnownRule
    comparisons: tuple[Comparison, ...]
    structure: float


def kin(
    rule: UpdateRule,
    known: Sequence[KnownRule],
    functions: Mapping[int, Functions] | None = None,
) -> tuple[Kin, ...]:
    """The nearest, the nearest first; then the one of the class's name, where it is not among them.

    Args:
        rule: What is compared.
        known: With what.
        functions: By dimensions, those of the rule that have no text.
    """
    subjects = _by_dimensions(rule.equations, rule.settings, functions or {})
    if not subjects or not known:
        return ()
    found = [each for one in known if (each := _aligned(subjects, one)) is not None]
    found.sort(key=lambda each: (each.structure, each.known.entry))
    near = found[:RUN] + [each for each in found[RUN:] if each.known.named or _hidden(each)]
    years = {each.known.entry: each.known.year for each in found}
    told = sorted(map(_told, near), key=lambda each: (_nearness(each), years[each.entry], each.entry))
    named = {each.known.entry for each in found if each.known.named}
    kept = told[:KEPT] + [each for each in told[KEPT:] if each.entry in named]
    year = min(
        (years[each.entry] for each in kept if each.verdict == "same" or each.entry in named), default=0
    )
    older = [each for each in told if years[each.entry] < year]
    if year and len(older) < OLDER:
        have = {each.entry for each in told}
        further = (each for each in found if each.known.year < year and each.known.entry not in have)
        older += [_told(each) for _, each in zip(range(OLDER - len(older)), further, strict=False)]
    return tuple(kept + [each for each in older[:OLDER] if each not in kept])


def _hidden(found: _Found) -> bool:
    """It does the same in other words: the normal form has not seen through them."""
    return all(each.agrees_at_once() for each in found.comparisons)


def _nearness(one: Kin) -> tuple[int, int, float, float]:
    behaviour = 1.0 if one.behaviour is None else one.behaviour
    return (_ORDER[one.verdict], len(one.off), one.structure, behaviour)


def _by_dimensions(
    equations: Sequence[Equations], settings: tuple[Option, ...], functions: Mapping[int, Functions]
) -> dict[int, Subject]:
    found = (
        (each.dimensions, of_equations(each, settings, functions.get(each.dimensions))) for each in equations
    )
    return {dimensions: subject for dimensions, subject in found if subject is not None}


def _aligned(subjects: dict[int, Subject], known: KnownRule) -> _Found | None:
    """Compared on tensors of each kind that one of the rules treats by itself."""
    others = _by_dimensions(known.equations, known.settings, {})
    if not others:
        return None
    kinds = sorted(subjects.keys() | others.keys(), reverse=True)
    comparisons = tuple(_comparison(_for(subjects, kind), _for(others, kind), kind) for kind in kinds)
    # a rule that stands for tensors of all kinds has to be able to take them
    comparisons = tuple(each for each in comparisons if _takes(each, subjects, others)) or comparisons
    structure = max(each.structure for each in comparisons)
    return _Found(known, comparisons, structure)


def _takes(one: Comparison, subjects: dict[int, Subject], others: dict[int, Subject]) -> bool:
    kind = one.dimensions
    return (kind in subjects or one.subject.runs) and (kind in others or one.known.runs)


def _comparison(subject: Subject, known: Subject, dimensions: int) -> Comparison:
    able, said = lent(known, subject)
    return Comparison(subject, able, dimensions, said)


def _for(subjects: dict[int, Subject], dimensions: int) -> Subject:
    """The rule for a tensor; one rule alone is that of all of them."""
    return subjects.get(dimensions) or subjects[max(subjects)]


def _told(found: _Found) -> Kin:
    behaviours = [each.behaviour() for each in found.comparisons]
    run = [each for each in behaviours if each is not None]
    whole = len(run) == len(behaviours)
    same = whole and all(
        b.apart < SAME and not (c.special(b.matching) or c.crossed(b.matching) or c.lent)
        for b, c in zip(run, found.comparisons, strict=True)
    )
    except_ = whole and all(each.apart < SAME or each.excepted is not None for each in run)
    worst = max(range(len(behaviours)), key=lambda index: _apart(behaviours[index]))
    comparison, behaviour = found.comparisons[worst], behaviours[worst]
    skeleton = whole and found.structure == 0
    unlike = _unlike(found, behaviours)
    told = () if same and not unlike else Differences(comparison).told(behaviour)
    verdict: Verdict = "same" if same else "same-except" if except_ else "skeleton" if skeleton else "graded"
    return Kin(
        entry=found.known.entry,
        verdict="graded" if unlike else verdict,
        structure=found.structure,
        behaviour=round(max(each.unlike for each in run), 3) if whole else None,
        differences=tuple(dict.fromkeys((*told, *(unlike or ())))),
        matching=_matching(behaviour),
        off=comparison.off(behaviour.matching) if behaviour else (),
        unlike=unlike,
    )


def _unlike(found: _Found, behaviours: Sequence[Behaviour | None]) -> tuple[str, ...] | None:
    """Invariants in which they differ, on whatever tensor; None where they could not be measured.

    Each is told once, of the first kind of tensor that shows it, since the numbers may be others on the next;
    the kind is named where another one does not show the same.
    """
    shown: list[tuple[int, dict[str, str]]] = []
    for comparison, behaviour in zip(found.comparisons, behaviours, strict=True):
        differing = None if behaviour is None else comparison.unlike(behaviour)
        if differing is None:
            return None
        shown.append((comparison.dimensions, differing))
    said: dict[str, str] = {}
    for dimensions, differing in shown:
        for what, words in differing.items():
            everywhere = all(each.get(what) == words for _, each in shown)
            said.setdefault(what, words if everywhere else f"on {_kind(dimensions)}, {words}")
    return tuple(said.values())


def _kind(dimensions: int) -> str:
    return _KINDS.get(dimensions, f"a tensor of {dimensions} dimensions")


def _apart(found: Behaviour | None) -> float:
    return float("inf") if found is None else 0.0 if found.excepted is not None else found.apart


def _matching(found: Behaviour | None) -> tuple[Option, ...]:
    if found is None:
        return ()
    return tuple(Option(name=name, value=f"{told}") for name, told in sorted(found.matching.items()))
