"""Reads a program as equations: it is executed once on real tensors, and beside each value stands its formula.

The real tensors say what no formula could: which tensors share memory, what shape and type each has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sympy
import torch

from optreview.evidence.dynamic.rule.equations import operations
from optreview.evidence.dynamic.rule.equations.algebra import Formula, Scalars, Symbols, number
from optreview.evidence.dynamic.rule.equations.blocks import Blocks, find
from optreview.evidence.dynamic.rule.equations.operations import UnlowerableError, base, function
from optreview.evidence.dynamic.rule.program.expression import Expression
from optreview.evidence.dynamic.rule.program.instructions import (
    Call,
    Execution,
    Guard,
    Read,
    Register,
    flattened,
    mapped,
)

if TYPE_CHECKING:
    from optreview.evidence.dynamic.rule.equations.blocks import Block
    from optreview.evidence.dynamic.rule.program.instructions import Instruction, Program, Situation

Geometry = tuple[int, tuple[int, ...], tuple[int, ...]]


@dataclass
class Content:
    """What a storage holds: a formula for the tensor of this geometry."""

    formula: Formula
    geometry: Geometry
    tensor: torch.Tensor


@dataclass
class Lowered:
    """A program as equations.

    Attributes:
        values: For every place that changes, its new value; places before the step are symbols.
        order: The places in the order in which they got their values.
        guards: The comparisons in the order in which they were made, with their outcomes; None: not written.
        casts: What was rounded to a type of fewer bits: formula and type.
        named: Formulas that the code keeps in a variable, and its name.
        lets: Numbers with a name of their own, in the order in which they were computed.
    """

    values: dict[str, Formula] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    guards: list[tuple[Formula | None, bool]] = field(default_factory=list)
    casts: list[tuple[Formula, str]] = field(default_factory=list)
    named: dict[Formula, str] = field(default_factory=dict)
    lets: dict[Formula, Formula] = field(default_factory=dict)
    random: bool = False


class Lowering(Execution):
    """Executes a program on a copy of a situation and writes down what it computes.

    Raises:
        UnlowerableError: Something in it has no equation.
    """

    def __init__(self, program: Program, before: Situation, symbols: Symbols, blocks: Blocks) -> None:
        super().__init__(program, before, None)
        self.symbols = symbols
        self.blocks = blocks
        self.lowered = Lowered()
        self._contents: dict[int, Content] = {}
        self._formulas: dict[int, Formula] = {}
        self._last = _last_writes(program, before)
        self._scalars = Scalars(
            symbols, self._formulas, self._cut(), program.scalar_names, _compared(program)
        )
        self._block: dict[int, Block] = {each.start: each for each in find(program, before)}
        for place, register in program.inputs:
            self._put(self.registers[register], symbols(place))
        for register, constant in program.constants:
            if constant.numel() == 1:
                self._put(self.registers[register], number(constant.item()))

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
            while index < len(self.program.instructions):
                block = self._block.get(index)
                if block is not None:
                    self._enter(block)
                    index = block.stop
                else:
                    self._both(self.program.instructions[index])
                    index += 1
                self._define(index)
        for place, expression in self.program.scalars:
            if expression.op != "leaf" or expression.args[0] != place:
                self._note(place, self._scalars.formula(expression, whole=True))
        self.lowered.lets = self._scalars.lets
        return self.lowered

    def _enter(self, block: Block) -> None:
        formulas = [self._formula(Register(each)) for each in block.inputs]
        for instruction in self.program.instructions[block.start : block.stop]:
            self._one(instruction)
        name = self.blocks.name(block, self.program, self.before.numbers)
        self._put(self.registers[block.output], function(name, *formulas))

    def _both(self, instruction: Instruction) -> None:
        if isinstance(instruction, Guard):
            self.lowered.guards.append((self._condition(instruction.expression), instruction.outcome))
        elif isinstance(instruction, Read):
            self._formulas[instruction.reading] = self._read(instruction.call)
            self._one(instruction)
        elif isinstance(instruction, Call):
            formulas = self._computed(instruction)
            written = {each: self.registers[each] for each in instruction.written}
            self._one(instruction)
            self._assign(instruction, formulas, written)
        else:
            raise UnlowerableError("its step calls a closure")

    def _condition(self, expression: Expression) -> Formula | None:
        try:
            return self._scalars.formula(expression)
        except UnlowerableError:
            return None

    def _read(self, call: Call) -> Formula:
        operand = call.args[0] if call.args else None
        if call.name in {"equal", "allclose"}:
            return function(call.name, *(self._formula(each) for each in call.args[:2]))
        return self._formula(operand)

    def _define(self, index: int) -> None:
        """Give the places that have got their last value a symbol for it."""
        for place, register in self._last.get(index, ()):
            content = self._contents.get(_storage(self.registers[register]))
            if content is not None:
                self._note(place, content.formula)
                content.formula = self.symbols.new(place)

    def _note(self, place: str, formula: Formula) -> None:
        self.lowered.values[place] = formula
        self.lowered.order.append(place)

    def _computed(self, call: Call) -> list[Formula]:
        """Formulas of the flattened result; for a function in place, of what it writes."""
        name = base(call.name)
        args = mapped(call.args, self._operand)
        kwargs = {key: mapped(value, self._operand) for key, value in call.kwargs.items()}
        kwargs.pop("out", None)
        if call.name.startswith("_foreach_"):
            return self._each(name, args, kwargs)
        return self._of(call, name, args, kwargs)

    def _each(self, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401
        lists = [list(each) for each in (*args, *kwargs.values()) if isinstance(each, list | tuple)]
        count = len(lists[0])
        if any(len(each) != count for each in lists):
            raise UnlowerableError(f"it calls _foreach_{name} with lists of different lengths")

        def at(value: Any, index: int) -> Any:  # noqa: ANN401
            return value[index] if isinstance(value, list | tuple) else value

        found: list[Formula] = []
        for index in range(count):
            one = tuple(at(each, index) for each in args)
            named = {key: at(value, index) for key, value in kwargs.items()}
            if name in {"addcmul", "addcdiv"} and len(one) > 3:
                one, named = one[:3], {"value": one[3]}
            found.append(self._named(name, one, _torch_names(named)))
        return found

    def _named(self, name: str, args: Any, kwargs: Any) -> Formula:  # noqa: ANN401
        if name in operations.NORMS:
            return operations_norm(args, kwargs)
        make = operations.ELEMENTWISE.get(name)
        if make is None:
            raise UnlowerableError(f"it calls _foreach_{name}")
        return make(*args, **kwargs)

    def _of(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401
        if name in operations.RANDOM:
            self.lowered.random = True
            return [function("random", number(len(self._formulas) + len(self._contents)))]
        if name in operations.FILLED:
            return [operations.FILLED[name]()]
        if name == "full":
            return [args[1] if len(args) > 1 else kwargs["fill_value"]]
        if name in operations.SAME:
            return [args[0]]
        if name == "data.__set__":
            return [args[1]]
        if name in operations.TRANSPOSED:
            return [_transposed(args[0])]
        if name in operations.NORMS:
            return [operations_norm(args, kwargs, self._dimensions(call))]
        if name in operations.REDUCTIONS and not (
            name in {"max", "min"} and len(args) > 1 and _formula(args[1])
        ):
            return self._reduced(call, name, args, kwargs)
        if name in {"max", "min"}:
            name = {"max": "maximum", "min": "minimum"}[name]
        if name in operations.ELEMENTWISE:
            return [operations.ELEMENTWISE[name](*args, **kwargs)]
        if name in {"matmul", "mm", "bmm", "mv", "dot"} or name in {"rmatmul"}:
            return [_product(name, args, call, self)]
        if name in {"addmm", "baddbmm"}:
            beta, alpha = kwargs.get("beta", 1), kwargs.get("alpha", 1)
            return [beta * args[0] + alpha * function("matmul", args[1], args[2])]
        if name in {"stack", "cat", "split", "unbind", "chunk"}:
            return self._packed(call, name, args)
        return self._opaque(call, name)

    def _packed(self, call: Call, name: str, args: Any) -> list[Formula]:  # noqa: ANN401
        """One tensor put into a row of one, or taken out of it."""
        parts = args[0] if isinstance(args[0], list | tuple) else [args[0]]
        if len(parts) == 1 and all(position == 0 for position, _ in call.results):
            return [parts[0]]
        raise UnlowerableError(f"it uses {name} on several tensors")

    def _reduced(self, call: Call, name: str, args: Any, kwargs: Any) -> list[Formula]:  # noqa: ANN401
        axis = kwargs.get("dim", kwargs.get("axis", args[1] if len(args) > 1 else None))
        if isinstance(axis, list | tuple):
            axis = axis[0] if len(axis) == 1 else None
        dimensions = self._dimensions(call)
        if axis is not None and dimensions:
            axis = int(axis) % dimensions - dimensions
        formula = reduced(operations.REDUCTIONS[name], args[0], axis if dimensions > 1 else None)
        return [formula, function(f"arg{name}", args[0])]

    def _dimensions(self, call: Call) -> int:
        register = call.args[0]
        return self.registers[register.number].dim() if isinstance(register, Register) else 0

    def _opaque(self, call: Call, name: str) -> list[Formula]:
        """A function that stays one: its tensors are its arguments."""
        if call.written and not call.results:
            raise UnlowerableError(f"it changes a tensor by {call.name}")
        inputs = [
            each for each in flattened([call.args, list(call.kwargs.values())]) if isinstance(each, Register)
        ]
        if not inputs:
            raise UnlowerableError(f"it makes a tensor by {call.name}")
        formulas = [self._formula(each) for each in inputs]
        most = 1 + max((position for position, _ in call.results), default=0)
        names = [self.blocks.opaque(call, name, position, self.before.numbers) for position in range(most)]
        return [function(each, *formulas) for each in names]

    def _assign(self, call: Call, formulas: list[Formula], written: dict[int, torch.Tensor]) -> None:
        """Put the formulas where the results are."""
        order = [each for each in _operands(call) if each.number in written]
        if order and not call.results:
            if len(order) > len(formulas):
                order = order[: len(formulas)]
            for register, formula in zip(order, formulas, strict=False):
                self._write(self.registers[register.number], formula)
            return
        for position, register_number in call.results:
            tensor = self.registers[register_number]
            self._casted(call, tensor, formulas[position])
            if _storage(tensor) not in self._contents or self._fresh(call, tensor):
                self._put(tensor, formulas[position])
            name = self.program.names.get(register_number)
            if name:
                self.lowered.named.setdefault(formulas[position], name)

    def _fresh(self, call: Call, tensor: torch.Tensor) -> bool:
        """Whether it has memory of its own: an earlier owner of the same storage is gone, then."""
        sources = [self.registers[each.number] for each in _operands(call)]
        return all(_storage(each) != _storage(tensor) for each in sources)

    def _casted(self, call: Call, tensor: torch.Tensor, formula: Formula) -> None:
        sources = [self.registers[each.number] for each in _operands(call)]
        floating = [each for each in sources if each.is_floating_point()]
        if floating and tensor.is_floating_point():
            widest = max(torch.finfo(each.dtype).bits for each in floating)
            if torch.finfo(tensor.dtype).bits < widest:
                self.lowered.casts.append((formula, str(tensor.dtype).removeprefix("torch.")))

    def _operand(self, value: Any) -> Any:  # noqa: ANN401 - an argument
        if isinstance(value, Register):
            return self._formula(value)
        if isinstance(value, Expression):
            return self._scalars.formula(value)
        return number(value) if isinstance(value, float) else value

    def _formula(self, register: Register) -> Formula:
        tensor = self.registers[register.number]
        content = self._contents.get(_storage(tensor))
        if content is None:
            raise UnlowerableError("it uses a table of constants")
        relation = _relation(content.geometry, _geometry(tensor))
        if relation == "same":
            return content.formula
        if relation == "transposed":
            return _transposed(content.formula)
        name = self.blocks.part(content.tensor, tensor)
        return function(name, content.formula)

    def _put(self, tensor: torch.Tensor, formula: Formula) -> None:
        self._contents[_storage(tensor)] = Content(sympy.sympify(formula), _geometry(tensor), tensor)

    def _write(self, tensor: torch.Tensor, formula: Formula) -> None:
        content = self._contents.get(_storage(tensor))
        if content is None:
            self._put(tensor, formula)
            return
        relation = _relation(content.geometry, _geometry(tensor))
        if relation == "part":
            raise UnlowerableError("it writes into a part of a tensor")
        content.formula = sympy.sympify(formula if relation == "same" else _transposed(formula))


def _compared(program: Program) -> frozenset[Expression]:
    """Expressions that a comparison is made of."""
    waiting = [each.expression for each in program.instructions if isinstance(each, Guard)]
    found: set[Expression] = set()
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(each.operands)
    return frozenset(found)


def reduced(name: str, formula: Formula, axis: int | None) -> Formula:
    """A reduction; factors that are numbers everywhere stay inside, as they are in the code."""
    return function(name if axis is None else f"{name}[{axis}]", formula)


def operations_norm(args: Any, kwargs: Any, dimensions: int = 0) -> Formula:  # noqa: ANN401
    """A norm as the language writes it."""
    order = kwargs.get("p", kwargs.get("ord", args[1] if len(args) > 1 else 2))
    axis = kwargs.get("dim", args[2] if len(args) > 2 else None)
    if isinstance(axis, list | tuple):
        axis = axis[0] if len(axis) == 1 else None
    if axis is not None:
        axis = int(axis) % dimensions - dimensions if dimensions > 1 else None
    if order in (2, 2.0, "fro", None) or order == number(2):
        return reduced("norm", args[0], axis)
    if order in (1, 1.0):
        return reduced("sum", sympy.Abs(args[0]), axis)
    if order in (float("inf"), sympy.oo):
        return reduced("max", sympy.Abs(args[0]), axis)
    exponent = sympy.sympify(number(order) if isinstance(order, float) else order)
    return reduced("sum", sympy.Abs(args[0]) ** exponent, None) ** (1 / exponent)


def _torch_names(named: dict[str, Any]) -> dict[str, Any]:
    """Some functions of lists call their arguments otherwise than those of tensors."""
    names = {"exponent": "y", "tensors1": "x", "scalars": "value", "scalar": "y"}
    return {names.get(key, key): value for key, value in named.items() if value is not None}


def _product(name: str, args: Any, call: Call, lowering: Lowering) -> Formula:  # noqa: ANN401
    if name == "dot":
        return function("sum", args[0] * args[1])
    left, right = (args[1], args[0]) if name == "rmatmul" else args[:2]
    dimensions = [lowering.registers[each.number].dim() for each in _operands(call)[:2]]
    if dimensions == [1, 1]:
        return function("sum", left * right)
    return function("matmul", left, right)


def _transposed(formula: Formula) -> Formula:
    """Twice is not at all."""
    if formula.func.__name__ == "transpose":
        return formula.args[0]
    return function("transpose", formula)


def _formula(value: object) -> bool:
    return isinstance(value, sympy.Basic)


def _operands(call: Call) -> list[Register]:
    return [each for each in flattened([call.args, list(call.kwargs.values())]) if isinstance(each, Register)]


def _storage(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _geometry(tensor: torch.Tensor) -> Geometry:
    return tensor.storage_offset(), tuple(tensor.shape), tuple(tensor.stride())


def _relation(one: Geometry, other: Geometry) -> str:
    """Whether the second has the elements of the first in the same order, transposed, or only some."""
    if one == other:
        return "same"
    mine, theirs = _solid(one), _solid(other)
    if mine == theirs or (_flat(mine) is not None and _flat(mine) == _flat(theirs)):
        return "same"
    if (
        len(mine[1]) == 2
        and mine[0] == theirs[0]
        and mine[1] == theirs[1][::-1]
        and mine[2] == theirs[2][::-1]
    ):
        return "transposed"
    return "part"


def _solid(geometry: Geometry) -> Geometry:
    """Without dimensions of one element, and without those that repeat."""
    offset, shape, stride = geometry
    kept = [(n, s) for n, s in zip(shape, stride, strict=True) if n != 1 and s != 0]
    return offset, tuple(n for n, _ in kept), tuple(s for _, s in kept)


def _flat(geometry: Geometry) -> tuple[int, int] | None:
    """Offset and number of elements, where these stand one after the other."""
    offset, shape, stride = geometry
    expected = 1
    for n, s in zip(reversed(shape), reversed(stride), strict=True):
        if s != expected:
            return None
        expected *= n
    return offset, expected


def _last_writes(program: Program, before: Situation) -> dict[int, list[tuple[str, int]]]:
    """After how many instructions each place has its final value: place and register by that number."""
    trial = Execution(program, before.copied(), None)
    written: dict[int, int] = {}
    with torch.no_grad():
        for index, instruction in enumerate(program.instructions):
            trial._one(instruction)
            if isinstance(instruction, Call):
                for number_ in instruction.written:
                    written[_storage(trial.registers[number_])] = index + 1
                for _, number_ in instruction.results:
                    written.setdefault(_storage(trial.registers[number_]), index + 1)
    found: dict[int, list[tuple[str, int]]] = {}
    for place, number_ in sorted(program.tensors, key=lambda each: not each[0].startswith("param")):
        after = written.get(_storage(trial.registers[number_]))
        if after is not None:
            found.setdefault(after, []).append((place, number_))
    return found
