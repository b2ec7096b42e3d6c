"""The ways that a step takes on one tensor, as a tree of conditions, and its leaves as equations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy

from optreview.evidence.dynamic.rule.equations.algebra import Formula, Symbols, T
from optreview.evidence.dynamic.rule.equations.blocks import Blocks
from optreview.evidence.dynamic.rule.equations.lowering import Lowered, Lowering
from optreview.evidence.dynamic.rule.equations.operations import UnlowerableError, function
from optreview.evidence.dynamic.rule.equations.origins import Mark
from optreview.evidence.dynamic.rule.equations.recording import OTHER, Recorded, Way
from optreview.evidence.dynamic.rule.equations.simplify import Simplifier, Step
from optreview.evidence.dynamic.rule.equations.sizing import sizes
from optreview.evidence.dynamic.rule.program.instructions import Guard
from optreview.evidence.dynamic.rule.program.memo import looked_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.dynamic.rule.equations.origins import Marks
    from optreview.evidence.dynamic.rule.program.instructions import Situation

#: Ways of which a rule is written as cases.
_MOST = 8


@dataclass
class Leaf:
    """What is done at the end of a path of conditions."""

    step: Step


@dataclass
class Fork:
    """Where the steps part; ``origin``: the lines of the code that ask."""

    condition: Formula
    then: Tree
    otherwise: Tree
    origin: Marks = frozenset()


Tree = Leaf | Fork


@dataclass
class Reading:
    """The equations of an optimizer on one tensor.

    Attributes:
        tensors: Places that hold more than one element.
        casts: Types of fewer bits that values are rounded to.
        first: The first step is a case of its own, the first one.
    """

    tree: Tree
    symbols: Symbols
    blocks: Blocks
    tensors: frozenset[str]
    start: Situation
    casts: tuple[str, ...]
    random: bool
    ways: int
    counters: tuple[str, ...] = ()
    first: bool = False


class ManyError(UnlowerableError):
    """There are more ways than are written as cases."""


def read(
    recorded: Recorded,
    *,
    sized: bool = True,
    tall: bool = False,
    first: bool = False,
    commonest: bool = False,
) -> Reading:
    """Write down the equations of an optimizer on one tensor.

    Args:
        recorded: Its steps.
        sized: Take numbers that could come from the shape for such.
        tall: Those that could be rows over columns for the larger of that and one.
        first: Write the first step as a case of its own; else its state is expected to have a start.
        commonest: Write only the way that most steps take, and what decides for it.

    Raises:
        ManyError: There are too many ways to write them all.
        UnlowerableError: Something in it has no equation.
    """
    ways, start, shape = recorded.ways, recorded.start, recorded.shape
    symbols, blocks = Symbols(), Blocks()
    steady = [each for each in ways if not each.only_first] or ways
    if commonest:
        steady = [usual(recorded)]
    elif len(steady) > _MOST:
        raise ManyError(f"its steps take {len(ways)} different ways")
    written = ways if first else steady
    _reserve(symbols, start, ways)
    lowered = {
        id(each): Lowering(each.program, each.before, symbols, blocks, each.closure).lower()
        for each in written
    }
    counters = _counters(steady, lowered, symbols)
    tensors = frozenset(p for each in ways for p, t in each.before.tensors.items() if t.numel() > 1)
    simplifier = Simplifier(symbols, counters, sizes(shape, tall=tall) if sized else {}, tensors, _full(ways))
    steps = [(each, simplifier.step(lowered[id(each)])) for each in written]
    casts = {name for each in lowered.values() for _, name in each.casts}
    tree = _tree([(way, step) for way, step in steps])
    if commonest:
        tree = _under(tree, steps[0][1], deciding(steady[0], ways))
    _tidy(tree, asked(tree))
    return Reading(
        tree=tree,
        symbols=symbols,
        blocks=blocks,
        tensors=tensors,
        start=start,
        casts=tuple(sorted(casts)),
        random=any(each.random for each in lowered.values()),
        ways=len(ways),
        counters=tuple(sorted(counters)),
        first=first and any(each.only_first for each in ways),
    )


def usual(recorded: Recorded) -> Way:
    """The way that most steps under the usual gradients take."""
    return max(recorded.ways, key=lambda way: sum(step < OTHER for step in way.steps))


def deciding(way: Way, ways: Sequence[Way]) -> list[int]:
    """Which of its comparisons come out otherwise in another way."""
    others = {
        (each.expression, each.outcome)
        for other in ways
        for each in other.program.instructions
        if other is not way and isinstance(each, Guard)
    }
    guards = [each for each in way.program.instructions if isinstance(each, Guard)]
    return [index for index, each in enumerate(guards) if (each.expression, not each.outcome) in others]


def _under(tree: Tree, step: Step, guards: Sequence[int]) -> Tree:
    """A way under the conditions that decide for it; those that cannot be written are left out."""
    conditions: dict[Formula, tuple[bool, Marks]] = {}
    for index in guards:
        formula, outcome = step.conditions[index]
        if formula is not None:
            conditions.setdefault(formula, (outcome, step.asked[index]))
    for formula, (outcome, origin) in reversed(conditions.items()):
        yes, no = (tree, Leaf(Step())) if outcome else (Leaf(Step()), tree)
        tree = Fork(formula, yes, no, origin)
    return tree


def _full(ways: Sequence[Way]) -> frozenset[str]:
    """Places that hold as much as the parameter."""
    return frozenset(
        place
        for each in ways
        for place, tensor in each.before.tensors.items()
        if tensor.shape == each.before.tensors["param.0"].shape
    )


def _reserve(symbols: Symbols, start: Situation, ways: Sequence[Way]) -> None:
    """Parameter, gradient and the hyperparameters that are read have the first claim to their names."""
    symbols("param.0")
    symbols("grad.0")
    used = {place for each in ways for place in looked_up(each.program)}
    for place in sorted(start.numbers, key=lambda each: (not each.startswith("group"), each)):
        if place in used:
            held = [start.numbers[place], *(each.before.numbers.get(place, 0) for each in ways)]
            symbols(place, positive=not place.startswith("state") and min(held) > 0)


def _counters(ways: Sequence[Way], lowered: dict[int, Lowered], symbols: Symbols) -> dict[str, int]:
    """Places that are one more after each step, and what they held before the first."""
    found: dict[str, int] = {}
    for way in ways:
        for place, value in lowered[id(way)].values.items():
            always = all(lowered[id(each)].values.get(place) == value for each in ways)
            if always and value - symbols(place) == 1:
                held = way.before.numbers.get(place)
                tensor = way.before.tensors.get(place)
                if held is None and tensor is not None and tensor.numel() == 1:
                    held = tensor.item()
                if held is not None:
                    found[place] = round(held - (way.steps[0] % OTHER - 1))
    return found


def _tree(ways: list[tuple[Way, Step]]) -> Tree:
    """Part the ways at the first condition in which they differ."""
    if len(ways) == 1:
        return Leaf(ways[0][1])
    first = [each for each in ways if each[0].only_first]
    if len(first) == 1:
        others = [each for each in ways if not each[0].only_first]
        return Fork(function("eq", T, 1), Leaf(first[0][1]), _tree(others))
    for index, (formula, _) in enumerate(ways[0][1].guards):
        there = [each[1].guards[index] if index < len(each[1].guards) else None for each in ways]
        if any(each is None or each[0] != formula for each in there):
            break
        outcomes = [each[1] for each in there if each is not None]
        if len(set(outcomes)) > 1:
            if formula is None:
                break
            yes = [way for way, outcome in zip(ways, outcomes, strict=True) if outcome]
            no = [way for way, outcome in zip(ways, outcomes, strict=True) if not outcome]
            written = [formula, *(each[1].conditions[index][0] for each in ways)]
            shortest = min(written, key=lambda each: (_later(each), int(sympy.count_ops(each))))
            asked = frozenset[Mark]().union(*(step.asked[index] for _, step in ways))
            return Fork(shortest, _tree(yes), _tree(no), asked)
    raise UnlowerableError("what its steps depend on could not be written down")


def asked(tree: Tree) -> frozenset[Formula]:
    """Symbols that a condition reads."""
    if isinstance(tree, Leaf):
        return frozenset()
    return frozenset(tree.condition.free_symbols) | asked(tree.then) | asked(tree.otherwise)


def _tidy(tree: Tree, needed: frozenset[Formula]) -> None:
    """Variables that only comparisons needed which are no conditions here go where they are used."""
    for step in leaves(tree):
        for line in [each for each in step.lines if not each[2]]:
            symbol, value, _ = line
            used = sum(each.count(symbol) for _, each, _ in step.lines)
            if used <= 1 and symbol not in needed and not symbol.name.endswith("_hat"):
                step.lines = [
                    (target, each.xreplace({symbol: value}), place)
                    for target, each, place in step.lines
                    if target != symbol or place
                ]


def _later(formula: Formula) -> bool:
    """Whether it is about values that only the lines of a case compute."""
    return any(symbol.name.endswith("'") for symbol in formula.free_symbols)


def leaves(tree: Tree) -> list[Step]:
    """All ways of taking a step."""
    return [tree.step] if isinstance(tree, Leaf) else leaves(tree.then) + leaves(tree.otherwise)
