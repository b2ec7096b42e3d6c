"""Reads a program as equations: executed once on real tensors, with a formula beside each value.

The real tensors say what no formula could: which tensors share memory, what shape and type each has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.equations.algebra import Formula, Scalars, Sizes, Symbols, number
from optreview.evidence.dynamic.rule.equations.blocks import Blocks, find
from optreview.evidence.dynamic.rule.equations.calls import Calls, operands
from optreview.evidence.dynamic.rule.equations.operations import UnlowerableError, function
from optreview.evidence.dynamic.rule.equations.origins import Marks, Origins
from optreview.evidence.dynamic.rule.equations.storage import Memory, rehearse, storage
from optreview.evidence.dynamic.rule.program.instructions import (
    Call,
    Closure,
    Execution,
    Guard,
    Read,
    Register,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.dynamic.rule.equations.blocks import Block
    from optreview.evidence.dynamic.rule.equations.storage import Closing
    from optreview.evidence.dynamic.rule.program.expression import Expression
    from optreview.evidence.dynamic.rule.program.instructions import Instruction, Program, Situation


#: Symbols and operations from which on a value gets a name of its own.
_LONG = 150


@dataclass
class Lowered:
    """A program as equations.

    Attributes:
        values: For every place that changes, its new value; places before the step are symbols.
        order: The places in the order in which they got their values.
        guards: The comparisons in the order in which they were made, with their outcomes; None: not written.
        casts: What was rounded to a type of fewer bits: formula and type.
        named: Formulas that the code keeps in a variable, and its name.
        numbers: Places in ``values`` that hold a number.
        lets: Numbers with a name of their own, in the order in which they were computed.
        origins: The lines that each place's new value, by its symbol before the step, or each of ``lets``
            comes from; ``computed``: those of every formula that was computed; ``asked``: of the guards.
    """

    values: dict[str, Formula] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    guards: list[tuple[Formula | None, bool]] = field(default_factory=list)
    casts: list[tuple[Formula, str]] = field(default_factory=list)
    named: dict[Formula, str] = field(default_factory=dict)
    lets: dict[Formula, Formula] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    random: bool = False
    origins: dict[Formula, Marks] = field(default_factory=dict)
    computed: dict[Formula, Marks] = field(default_factory=dict)
    asked: list[Marks] = field(default_factory=list)


class Lowering(Execution):
    """Executes a program on a copy of a situation and writes down what it computes.

    Raises:
        UnlowerableError: Something in it has no equation.
    """

    def __init__(
        self,
        program: Program,
        before: Situation,
        symbols: Symbols,
        blocks: Blocks,
        closure: Closing | None = None,
    ) -> None:
        super().__init__(program, before.copied(), closure)
        rehearsal = rehearse(program, before, closure)
        self.symbols = symbols
        self.blocks = blocks
        self.lowered = Lowered()
        self.memory = Memory(blocks, directed=before.tensors["param.0"].dim() > 1)
        self._readings: dict[int, Formula] = {}
        self._names: dict[int, str] = {}
        self._unnamed: set[int] = set()
        self._last = rehearsal.last
        self.scalars = Scalars(symbols, self._readings, self._cut(), program.scalar_names)
        self._origins = Origins(program, symbols, self.memory, self.scalars)
        self._calls = Calls(self)
        self._sizes = Sizes()
        self._block: dict[int, Block] = {each.start: each for each in find(program, rehearsal.owners)}
        for place, register in program.inputs:
            self.memory.put(self.registers[register], symbols(place))
        for register, constant in program.constants:
            if constant.numel() == 1:
                self.memory.put(self.registers[register], number(constant.item()))

    def _cut(self) -> dict[Expression, Formula]:
        """Numbers that a place holds after the step and that are worth a name."""
        return {
            expression: self.symbols.new(place)
            for place, expression in self.program.scalars
            if expression.op not in {"leaf", "constant", "item"}
        }

    def lower(self) -> Lowered:
        """Go through the program."""
        with torch.no_grad():
            index = 0
            self._define(0)
            while index < len(self.program.instructions):
                block = self._block.get(index)
                if block is not None:
                    self._enter(block)
                    index = block.stop
                    for passed in range(block.start + 1, block.stop):
                        self._define(passed)
                else:
                    self._both(self.program.instructions[index])
                    index += 1
                self._define(index)
        for place, expression in self.program.scalars:
            if expression.op != "leaf" or expression.args[0] != place:
                self._note(place, self.scalars.formula(expression, whole=True))
                self._origins.settle_number(self.symbols(place), expression)
        self.lowered.numbers = frozenset(place for place, _ in self.program.scalars)
        self.lowered.lets = self.scalars.lets
        self._origins.finish()
        self.lowered.origins, self.lowered.computed = self._origins.places, self._origins.formulas
        self.lowered.named |= self.scalars.named
        return self.lowered

    def formula(self, register: Register) -> Formula:
        """What a register holds."""
        return self.memory.read(self.registers[register.number])

    def _enter(self, block: Block) -> None:
        formulas = [self.formula(Register(each)) for each in block.inputs]
        shapes = tuple(tuple(self.registers[each].shape) for each in block.inputs)
        for instruction in self.program.instructions[block.start : block.stop]:
            self._one(instruction)
        name = self.blocks.name(block, self.program, shapes)
        self.memory.put(self.registers[block.output], function(name, *formulas))
        self._origins.block(block, self.registers)

    def _both(self, instruction: Instruction) -> None:
        if isinstance(instruction, Guard):
            self.lowered.guards.append((self._condition(instruction.expression), instruction.outcome))
            self.lowered.asked.append(self._origins.number(instruction.expression))
        elif isinstance(instruction, Read):
            self._called(instruction.call.bound)
            self._readings[instruction.reading] = self._read(instruction.call)
            self._origins.read(instruction.reading, self._origins.call(instruction.call, self.registers))
            self._one(instruction)
        elif isinstance(instruction, Call):
            self._called(instruction.bound)
            formulas = self._calls.computed(instruction)
            marks = self._origins.call(instruction, self.registers)
            written = {each: self.registers[each] for each in instruction.written}
            self._one(instruction)
            self._assign(instruction, formulas, written)
            self._origins.wrote(instruction, marks, self.registers)
        else:
            self._closing(instruction)

    def _closing(self, closure: Closure) -> None:
        """Gradient and loss where the parameter now is; before anything has moved they are g and a number."""
        [at] = [self.formula(Register(n)) for place, n in self.program.inputs if place == "param.0"]
        here = at == self.symbols("param.0")
        self._one(closure)
        for _, register in closure.gradients:
            gradient = self.symbols("grad.0") if here else function("grad_at", at)
            self.memory.put(self.registers[register], gradient)
        if closure.loss is not None:
            self.memory.put(self.registers[closure.loss], function("loss_at", at))

    def _condition(self, expression: Expression) -> Formula | None:
        try:
            return self.scalars.formula(expression)
        except UnlowerableError:
            return None

    def _read(self, call: Call) -> Formula:
        if call.name in {"equal", "allclose"}:
            return function(call.name, *(self.formula(each) for each in call.args[:2]))
        return self.formula(call.args[0])

    def _define(self, index: int) -> None:
        """Give the places that have got their last value a symbol for it."""
        for place, register in self._last.get(index, ()):
            if register not in self.registers:
                continue
            content = self.memory.content(self.registers[register])
            if content is not None:
                self._note(place, self.formula(Register(register)))
                self._origins.settle(self.symbols(place), self.registers[register])
                if storage(content.tensor) == storage(self.registers[register]):
                    self.memory.put(self.registers[register], self.symbols.new(place))

    def _note(self, place: str, formula: Formula) -> None:
        self.lowered.values[place] = formula
        self.lowered.order.append(place)

    def _assign(self, call: Call, formulas: list[Formula], written: dict[int, torch.Tensor]) -> None:
        """Put the formulas where the results are."""
        order = [each for each in operands(call) if each.number in written]
        if order and not call.results:
            for register, formula in zip(order, formulas, strict=False):
                self.memory.write(self.registers[register.number], self._short(formula, register.number))
                self._unnamed.add(register.number)
            return
        for position, register_number in call.results:
            tensor = self.registers.get(register_number)
            if tensor is None:  # the gradient of a copy that no closure has filled
                continue
            self._casted(call, tensor, formulas[position])
            if self.memory.content(tensor) is None or self._fresh(call, tensor):
                formulas[position] = self._short(formulas[position], register_number)
            if self.memory.content(tensor) is None or self._fresh(call, tensor):
                self.memory.put(tensor, formulas[position])
            self._unnamed.add(register_number)

    def _called(self, bound: Iterable[tuple[int, str]]) -> None:
        """Note what the variables hold by now that have been bound, or whose tensors have been written."""
        self._names.update(bound)
        for register in sorted(self._unnamed | {each for each, _ in bound}):
            tensor = self.registers.get(register)
            content = None if tensor is None else self.memory.content(tensor)
            if content is not None and register in self._names:
                self.lowered.named.setdefault(content.formula, self._names[register])
        self._unnamed.clear()

    def _short(self, formula: Formula, register: int) -> Formula:
        """The formula, or a name for it where it is so long that what is made of it would be endless."""
        if self._sizes.of(formula) < _LONG:
            return formula
        symbol = self.symbols.named(self._names.get(register, "x"), formula)
        self.scalars.lets.setdefault(symbol, formula)
        return symbol

    def _fresh(self, call: Call, tensor: torch.Tensor) -> bool:
        """Whether it has memory of its own: an earlier owner of the same storage is gone, then."""
        sources = [self.registers[each.number] for each in operands(call)]
        return all(storage(each) != storage(tensor) for each in sources)

    def _casted(self, call: Call, tensor: torch.Tensor, formula: Formula) -> None:
        sources = [self.registers[each.number] for each in operands(call)]
        floating = [each for each in sources if each.is_floating_point()]
        if floating and tensor.is_floating_point():
            widest = max(torch.finfo(each.dtype).bits for each in floating)
            if torch.finfo(tensor.dtype).bits < widest:
                self.lowered.casts.append((formula, str(tensor.dtype).removeprefix("torch.")))
