"""Which lines of the code each value comes from, followed while a program is read as equations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy

from optreview.evidence.dynamic.rule.equations import operations
from optreview.evidence.dynamic.rule.equations.operations import base
from optreview.evidence.dynamic.rule.equations.storage import storage
from optreview.evidence.dynamic.rule.program.expression import LEAVES, Expression
from optreview.evidence.dynamic.rule.program.instructions import Register, flattened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import torch

    from optreview.evidence.dynamic.rule.equations.algebra import Formula, Scalars, Symbols
    from optreview.evidence.dynamic.rule.equations.blocks import Block
    from optreview.evidence.dynamic.rule.equations.lowering import Lowered
    from optreview.evidence.dynamic.rule.equations.storage import Memory
    from optreview.evidence.dynamic.rule.program.instructions import Call, Program

    #: What is assigned, its formula, and whether it is a place.
    Told = tuple[Formula, Formula, bool]

#: File and number of a line, as Python knows them.
Line = tuple[str, int]
#: Calls after which nothing is left of what the tensor held.
_REPLACES = frozenset({"copy", "zero", "fill", "data.__set__"})
#: Calls that hand on what they are given.
_PASSES = operations.SAME | operations.TRANSPOSED


@dataclass(frozen=True)
class Mark:
    """An operation that a value went through.

    Attributes:
        lines: Where the functions under way stood, the innermost last.
        reads: What it took besides values that have lines of their own: names of symbols.
    """

    lines: tuple[Line, ...]
    reads: frozenset[str]


Marks = frozenset[Mark]
_NONE: Marks = frozenset()


class Origins:
    """Follows them by storage for tensors, and by expression for numbers.

    Attributes:
        places: Of the value that a place gets, or a number with a name of its own.
        formulas: Of every value that was computed.
    """

    def __init__(self, program: Program, symbols: Symbols, memory: Memory, scalars: Scalars) -> None:
        self.places: dict[Formula, Marks] = {}
        self.formulas: dict[Formula, Marks] = {}
        self._program = program
        self._symbols = symbols
        self._memory = memory
        self._scalars = scalars
        self._storages: dict[int, Marks] = {}
        self._readings: dict[int, Marks] = {}
        self._known: dict[Expression, Marks] = {}

    def call(self, call: Call, registers: Mapping[int, torch.Tensor]) -> Marks:
        """Those of what a call that is about to be made computes."""
        arguments = flattened([call.args, list(call.kwargs.values())])
        if base(call.name) in _REPLACES and _fills(call, registers):
            arguments = [each for each in arguments if each != call.args[0]]
        found: Marks = _NONE
        reads: set[str] = set()
        for each in arguments:
            if isinstance(each, Register) and _shapes(call):
                continue  # its size alone counts
            if isinstance(each, Register):
                found |= self._tensor(registers[each.number])
                reads |= self._symbol(registers[each.number])
            elif isinstance(each, Expression):
                found |= self.number(each)
                reads |= self._leaf(each)
        if base(call.name) in _PASSES:
            return found
        return found | {Mark(call.lines, frozenset(reads))}

    def wrote(self, call: Call, marks: Marks, registers: Mapping[int, torch.Tensor]) -> None:
        """A call has been made."""
        operands = flattened([call.args, list(call.kwargs.values())])
        old = {storage(registers[each.number]) for each in operands if isinstance(each, Register)}
        made = [number for _, number in call.results if number in registers]
        fresh = [number for number in made if storage(registers[number]) not in old]
        for number in (*call.written, *fresh):
            self._put(registers[number], marks)

    def block(self, block: Block, registers: Mapping[int, torch.Tensor]) -> None:
        """A function of the package has been called as a whole."""
        first = self._program.instructions[block.start]
        call = getattr(first, "call", first)
        frames = getattr(call, "frames", ())
        inside = next((i for i, each in enumerate(frames) if each.name == block.function), len(frames))
        lines = getattr(call, "lines", ())[: max(inside, 1)]
        given = [registers[each] for each in block.inputs]
        reads = frozenset[str]().union(*(self._symbol(each) for each in given))
        marks = frozenset({Mark(lines, reads)}).union(*(self._tensor(each) for each in given))
        self._put(registers[block.output], marks)

    def read(self, reading: int, marks: Marks) -> None:
        """A number has been read from a tensor."""
        self._readings[reading] = marks

    def settle(self, place: Formula, tensor: torch.Tensor) -> None:
        """A place has its last value, which has a symbol from now on."""
        self.places[place] = self._storages.pop(storage(tensor), _NONE)

    def settle_number(self, place: Formula, expression: Expression) -> None:
        """A place holds this number after the step."""
        self.places[place] = self.number(expression, whole=True)

    def number(self, expression: Expression, *, whole: bool = False) -> Marks:
        """Those of a number; none where it has a symbol of its own, unless they are asked for."""
        if expression.op == "item":
            return self._readings.get(expression.args[0], _NONE)
        if expression.op in LEAVES or (not whole and self._scalars.separate(expression)):
            return _NONE
        found = self._known.get(expression)
        if found is None:
            line = self._program.scalar_lines.get(expression)
            reads = frozenset[str]().union(*map(self._leaf, expression.operands))
            found = frozenset({Mark((line,), reads)}) if line else _NONE
            found = found.union(*map(self.number, expression.operands))
            self._known[expression] = found
        return found

    def finish(self) -> None:
        """Note those of numbers with names, and of every number's formula."""
        for symbol, expression in self._scalars.variables.items():
            self.places.setdefault(symbol, self.number(expression, whole=True))
        for expression, formula in self._scalars.known.items():
            self.formulas.setdefault(formula, self.number(expression, whole=True))

    def _put(self, tensor: torch.Tensor, marks: Marks) -> None:
        content = self._memory.content(tensor)
        formula = content.formula if content is not None else None
        if (
            formula in self._scalars.lets and formula not in self._scalars.variables
        ):  # a long value with a name
            self.places.setdefault(formula, marks)
            self._storages.pop(storage(tensor), None)
            return
        self._storages[storage(tensor)] = marks
        if formula is not None:
            self.formulas.setdefault(formula, marks)

    def _tensor(self, tensor: torch.Tensor) -> Marks:
        return self._storages.get(storage(tensor), _NONE)

    def _symbol(self, tensor: torch.Tensor) -> set[str]:
        content = self._memory.content(tensor)
        return {content.formula.name} if content is not None and content.formula.is_Symbol else set()

    def _leaf(self, expression: Expression) -> set[str]:
        if expression.op in {"constant", "item"}:
            return set()
        if expression.op == "leaf" or self._scalars.separate(expression):
            return {each.name for each in [self._scalars.formula(expression)] if each.is_Symbol}
        return set()


def of_lines(
    lines: Iterable[Told],
    lowered: Lowered,
    symbols: Symbols,
    plain: Callable[[Formula], Formula],
) -> dict[Formula, Marks]:
    """The marks of every line, by its symbol; those of variables that are gone are part of their users'."""
    lines, known = list(lines), dict(lowered.origins)
    kept = {symbol for symbol, _, _ in lines}
    written = {symbols(place): value for place, value in lowered.values.items()}
    for symbol, value in (lowered.lets | written).items():
        for inlined in (value.free_symbols & lowered.lets.keys()) - kept:
            known[symbol] = known.get(symbol, _NONE) | known.get(inlined, _NONE)
    unknown = {symbol: value for symbol, value, _ in lines if symbol not in known}
    if unknown:  # a name of our own: for what the code computes somewhere, or divides a mean by
        computed = {plain(formula): marks for formula, marks in lowered.computed.items()}
        whole: dict[Formula, Formula] = {}
        for symbol, value in unknown.items():
            written_out = whole[symbol] = value.xreplace(whole)
            known[symbol] = (
                computed.get(symbol)  # a mean that is divided somewhere stands there by its new name
                or computed.get(value)
                or computed.get(sympy.fraction(value)[1])
                or _within(written_out, computed)
            )
        for symbol in (each for each in unknown if each in computed):
            _take_apart(symbol, unknown[symbol], lines, known)
    return {symbol: known[symbol] for symbol in kept}


def _take_apart(symbol: Formula, value: Formula, lines: Sequence[Told], known: dict[Formula, Marks]) -> None:
    """What made a value that has a line of its own is not told again of the lines that read it."""
    for target, formula, _ in lines:
        if symbol in formula.free_symbols:
            own = {each.name for each in value.free_symbols - formula.free_symbols}
            gone = {each for each in known[symbol] if each.reads & own}
            beside = {each.lines for each in gone}
            known[target] -= gone | {m for m in known[symbol] if not m.reads and m.lines in beside}


def _within(value: Formula, computed: Mapping[Formula, Marks]) -> Marks:
    """Those of the largest parts of a value that the code computes, where it computes no such whole."""
    found, waiting = _NONE, [value]
    while waiting:
        part = waiting.pop()
        if computed.get(part):
            found |= computed[part]
        else:
            waiting.extend(part.args)
    return found


def _shapes(call: Call) -> bool:
    """Whether it makes a tensor that is like another in size only."""
    return base(call.name).endswith("_like") or base(call.name).startswith("new_")


def _fills(call: Call, registers: Mapping[int, torch.Tensor]) -> bool:
    """Whether the tensor that a call writes is all that its memory holds."""
    if not call.args or not isinstance(call.args[0], Register):
        return False
    tensor = registers[call.args[0].number]
    return tensor.numel() * tensor.element_size() == tensor.untyped_storage().nbytes()
