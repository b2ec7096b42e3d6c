"""A step as a program: the torch calls it makes, in order, on numbered tensors; and its execution.

The program is executed with the same calls on other tensors and other numbers, so that views and writes in
place act as they did. Guards are executed too: where one comes out otherwise, the program does not apply.
"""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic.rule.program.expression import Expression, evaluated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optreview.evidence.dynamic.rule.program.expression import Number


_CONTAINERS = (tuple, list, dict, slice)


class OtherwiseError(Exception):
    """A guard came out differently than it did in the recorded step."""


@dataclass(frozen=True)
class Register:
    """A numbered tensor of a program."""

    number: int


@dataclass(frozen=True)
class Frame:
    """A call of a Python function that was running: its name, and which call of it."""

    name: str
    serial: int


@dataclass(frozen=True)
class Call:
    """A call into torch.

    Attributes:
        function: What was called, such as ``torch.Tensor.add_``.
        args: Its arguments, registers for tensors and expressions for symbolic numbers.
        results: The registers of new tensors, by their place in the flattened result.
        written: Registers whose values it changed.
        frames: The package's Python calls under way, outermost first.
        lines: File and line where each of them stood.
        bound: Registers that variables have come to hold since the last call, with the variables' names.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    results: tuple[tuple[int, int], ...]
    written: tuple[int, ...]
    frames: tuple[Frame, ...] = field(default=(), compare=False)
    lines: tuple[tuple[str, int], ...] = field(default=(), compare=False)
    bound: tuple[tuple[int, str], ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        """The function's own name; that of an attribute's getter or setter with the attribute."""
        name = str(getattr(self.function, "__name__", self.function))
        owner = getattr(self.function, "__self__", None)
        return f"{getattr(owner, '__name__', '')}.{name}" if name in {"__get__", "__set__"} else name


@dataclass(frozen=True)
class Read:
    """Numbers of a tensor that went to Python, or a truth value that a torch function found."""

    call: Call
    reading: int


@dataclass(frozen=True)
class Guard:
    """A comparison, and how it came out."""

    expression: Expression
    outcome: bool


@dataclass(frozen=True)
class Closure:
    """A call of the closure: fresh gradients and a loss.

    Attributes:
        gradients: Registers of the gradients by the number of their parameter.
        loss: The register of what it returned, if that is a tensor.
    """

    gradients: tuple[tuple[int, int], ...]
    loss: int | None


Instruction = Call | Read | Guard | Closure


@dataclass(frozen=True)
class Program:
    """One step.

    Attributes:
        inputs: Registers of the tensors that are there before the step, by place.
        flags: Flags before the step: the program is for these only.
        numbers: Places that hold a number before the step.
        constants: Tensors that come from neither.
        tensors: Registers by place after the step.
        scalars: Expressions by place after the step.
        left: Flags after the step.
        scalar_names: Of the code's variables, by expression.
        scalar_lines: File and line where an expression was computed, None where that was in several.
    """

    inputs: tuple[tuple[str, int], ...]
    flags: tuple[tuple[str, str], ...]
    numbers: tuple[str, ...]
    constants: tuple[tuple[int, torch.Tensor], ...]
    instructions: tuple[Instruction, ...]
    tensors: tuple[tuple[str, int], ...]
    scalars: tuple[tuple[str, Expression], ...]
    left: tuple[tuple[str, str], ...]
    scalar_names: Mapping[Expression, str] = field(default_factory=dict)
    scalar_lines: Mapping[Expression, tuple[str, int] | None] = field(default_factory=dict)


@dataclass
class Situation:
    """What there is between two steps: tensors, numbers and flags by place.

    Attributes:
        curvature: Where gradients can be differentiated; the Hessian of the loss is the identity times this.
    """

    tensors: dict[str, torch.Tensor]
    numbers: dict[str, Number]
    flags: tuple[tuple[str, str], ...]
    curvature: float | None = None

    def copied(self) -> Situation:
        """The same with tensors of its own, which share memory where the originals do."""
        storages: dict[int, torch.UntypedStorage] = {}
        tensors = {}
        for place, tensor in self.tensors.items():
            if tensor.layout is not torch.strided:
                tensors[place] = tensor.detach().clone()
                continue
            whole = tensor.detach().untyped_storage()
            storage = storages.setdefault(whole._cdata, copy.deepcopy(whole))
            layout = (tensor.storage_offset(), tensor.shape, tensor.stride())
            tensors[place] = torch.empty(0, dtype=tensor.dtype, device=tensor.device).set_(storage, *layout)
        return dataclasses.replace(self, tensors=tensors, numbers=dict(self.numbers))

    def differentiable(self) -> dict[str, torch.Tensor]:
        """The tensors, gradients with the graph that the loss gives them."""
        if self.curvature is None:
            return self.tensors
        tensors = dict(self.tensors)
        for place, gradient in self.tensors.items():
            if place.startswith("grad."):
                at = self.tensors[place.replace("grad.", "param.")].requires_grad_()
                with torch.enable_grad():
                    tensors[place] = gradient + self.curvature * (at - at.detach())
        return tensors


def execute(
    program: Program, before: Situation, closure: Callable[[dict[int, torch.Tensor]], Any] | None = None
) -> Situation:
    """Take the step that the program describes; tensors of ``before`` are written as the step writes them.

    Args:
        program: What to do.
        before: What there is before the step.
        closure: Called with the parameters where the step calls its closure; returns gradients and loss.

    Raises:
        OtherwiseError: A guard came out differently, or there is something else than the program expects.
    """
    return Execution(program, before, closure).run()


class Execution:
    """A program under way; its registers can be looked at between instructions."""

    def __init__(self, program: Program, before: Situation, closure: Any) -> None:  # noqa: ANN401
        self.program = program
        self.before = before
        self.closure = closure
        self.readings: dict[int, Number] = {}
        self.registers: dict[int, torch.Tensor] = {
            number: constant.clone() for number, constant in program.constants
        }
        tensors = before.differentiable()
        for place, number in program.inputs:
            if place not in tensors:
                raise OtherwiseError(place)
            self.registers[number] = tensors[place]

    def run(self) -> Situation:
        """Follow every instruction; what there is then."""
        for instruction in self.program.instructions:
            self._one(instruction)
        return Situation(
            tensors={place: self.registers[number] for place, number in self.program.tensors},
            numbers={place: self._number(each) for place, each in self.program.scalars},
            flags=self.program.left,
        )

    def _one(self, instruction: Instruction) -> None:
        if isinstance(instruction, Guard):
            if bool(self._number(instruction.expression)) != instruction.outcome:
                raise OtherwiseError(repr(instruction.expression))
        elif isinstance(instruction, Read):
            self.readings[instruction.reading] = self._call(instruction.call)
        elif isinstance(instruction, Call):
            found = flattened(self._call(instruction))
            for position, number in instruction.results:
                self.registers[number] = found[position]
        else:
            self._close(instruction)

    def _call(self, call: Call) -> Any:  # noqa: ANN401 - what torch returns
        args = mapped(call.args, self._concrete)
        kwargs = {name: mapped(value, self._concrete) for name, value in call.kwargs.items()}
        return call.function(*args, **kwargs)

    def _close(self, closure: Closure) -> None:
        if self.closure is None:
            raise OtherwiseError("closure")
        parameters = {
            int(place.removeprefix("param.")): self.registers[number]
            for place, number in self.program.inputs
            if place.startswith("param.")
        }
        gradients, loss = self.closure(parameters)
        for parameter, number in closure.gradients:
            self.registers[number] = gradients[parameter]
        if closure.loss is not None:
            self.registers[closure.loss] = loss

    def _concrete(self, value: Any) -> Any:  # noqa: ANN401 - an argument
        if isinstance(value, Register):
            return self.registers[value.number]
        return self._number(value) if isinstance(value, Expression) else value

    def _number(self, expression: Expression) -> Any:  # noqa: ANN401 - a number or a truth value
        return evaluated(expression, self.before.numbers, self.readings)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - arguments of any shape
    """Arguments with every part that is no container replaced by ``change``."""
    kind = type(value)
    if not issubclass(kind, _CONTAINERS):
        return change(value)
    if issubclass(kind, tuple):
        parts = [mapped(each, change) for each in value]
        return kind(*parts) if hasattr(value, "_fields") else tuple(parts)
    if issubclass(kind, list):
        return [mapped(each, change) for each in value]
    if issubclass(kind, dict):
        return {key: mapped(each, change) for key, each in value.items()}
    return slice(mapped(value.start, change), mapped(value.stop, change), mapped(value.step, change))


def flattened(value: Any) -> list[Any]:  # noqa: ANN401 - results of any shape
    """The parts of a result that are no containers, in order."""
    if isinstance(value, tuple | list):
        return [part for each in value for part in flattened(each)]
    if isinstance(value, dict):
        return [part for each in value.values() for part in flattened(each)]
    return [value]
