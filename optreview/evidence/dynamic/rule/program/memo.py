"""Tables in which a step looks up what it computed in the same step, such as RAdam's ``buffer[step % 10]``.

What they hold at the start of a step is compared with the step's number and found to be out of date, or not
looked at. It decides nothing, but its place makes every step a way of its own: such places are left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.program.expression import Expression, leaves
from optreview.evidence.dynamic.rule.program.instructions import (
    Call,
    Guard,
    Read,
    Situation,
    flattened,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from optreview.evidence.dynamic.rule.program.instructions import Instruction, Program


def unread(programs: Sequence[Program]) -> frozenset[str]:
    """Places that hold a number in some of the programs, but not in all, and that none of them reads."""
    present = [frozenset(each.numbers) for each in programs]
    if not present:
        return frozenset()
    passing = frozenset.union(*present) - frozenset.intersection(*present)
    return passing - {place for each in programs for place in _read(each)}


def looked_up(program: Program) -> frozenset[str]:
    """Places whose number some instruction reads, or leads to what another place holds."""
    found = {place for each in program.instructions for place in _leaves(_expressions(each))}
    changed = [each for place, each in program.scalars if each.op != "leaf" or each.args[0] != place]
    return frozenset(found | set(_leaves(changed)))


def without(program: Program, places: Collection[str]) -> Program:
    """The program less these places, and less the guards that compare what they hold."""
    if not places:
        return program
    return replace(
        program,
        flags=tuple(each for each in program.flags if each[0] not in places),
        numbers=tuple(each for each in program.numbers if each not in places),
        instructions=tuple(each for each in program.instructions if not _on(each, places)),
        scalars=tuple(each for each in program.scalars if each[0] not in places),
        left=tuple(each for each in program.left if each[0] not in places),
    )


def situation_without(found: Situation, places: Collection[str]) -> Situation:
    """What there is between two steps, less these places."""
    if not places:
        return found
    numbers = {place: number for place, number in found.numbers.items() if place not in places}
    flags = tuple(each for each in found.flags if each[0] not in places)
    return replace(found, numbers=numbers, flags=flags)


def _read(program: Program) -> Iterator[str]:
    """Places whose number leads to anything but to being found unequal to another."""
    for instruction in program.instructions:
        if not (isinstance(instruction, Guard) and _unequal(instruction)):
            yield from _leaves(_expressions(instruction))
    for place, expression in program.scalars:
        if expression.op != "leaf" or expression.args[0] != place:
            yield from _leaves([expression])


def _expressions(instruction: Instruction) -> Iterator[Expression]:
    if isinstance(instruction, Guard):
        yield instruction.expression
    elif isinstance(instruction, Call | Read):
        call = instruction.call if isinstance(instruction, Read) else instruction
        parts = flattened([call.args, dict(call.kwargs)])
        for part in parts:
            bounds = [part.start, part.stop, part.step] if isinstance(part, slice) else [part]
            yield from (each for each in bounds if isinstance(each, Expression))


def _leaves(expressions: Iterable[Expression]) -> Iterator[str]:
    for expression in expressions:
        yield from (each.args[0] for each in leaves(expression) if each.op == "leaf")


def _unequal(guard: Guard) -> bool:
    return _compared(guard.expression) is not None and guard.outcome is (guard.expression.op == "ne")


def _compared(expression: Expression) -> str | None:
    """The place whose number is compared as it is with another."""
    if expression.op in {"eq", "ne"}:
        for each in expression.args:
            if each.op == "leaf":
                return str(each.args[0])
    return None


def _on(instruction: Instruction, places: Collection[str]) -> bool:
    return isinstance(instruction, Guard) and any(
        place in places for place in _leaves([instruction.expression])
    )
