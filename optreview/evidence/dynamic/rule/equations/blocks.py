"""Functions that keep their name: the optimizer's own helpers with matrix algebra in them, and torch's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic.rule.equations.laying import laid_back
from optreview.evidence.dynamic.rule.equations.operations import base
from optreview.evidence.dynamic.rule.equations.resizing import resized, sizes_by_size
from optreview.evidence.dynamic.rule.program.expression import Expression, leaves
from optreview.evidence.dynamic.rule.program.instructions import (
    Call,
    Closure,
    Execution,
    Guard,
    OtherwiseError,
    Program,
    Read,
    Register,
    Situation,
    flattened,
)
from optreview.notation.functions import FUNCTIONS
from optreview.notation.syntax import KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from optreview.evidence.dynamic.rule.equations.laying import Given
    from optreview.evidence.dynamic.rule.program.expression import Number

#: Calls from which a Python function is worth a name.
_LONG = 5
#: Functions of matrices that make a function worth a name, whatever else it does.
_MATRIX = frozenset({"matmul", "mm", "bmm", "addmm", "baddbmm", "rmatmul", "svd", "qr", "einsum", "inverse"})
_MATRIX |= {"cholesky", "pinverse", "solve", "cholesky_solve", "matrix_exp", "matrix_power"}
_VECTOR = frozenset({"linalg_norm", "linalg_vector_norm", "linalg_vecdot"})


@dataclass(frozen=True)
class Block:
    """Instructions of one call of a Python function that computes one tensor from others.

    Attributes:
        start: Its first instruction; ``stop`` is the one after its last.
        inputs: Registers that it reads from outside.
        output: The register of its result.
    """

    function: str
    start: int
    stop: int
    inputs: tuple[int, ...]
    output: int


def find(program: Program, owners: Mapping[int, int]) -> list[Block]:
    """The blocks of a program, none inside another."""
    spans: dict[tuple[str, int], list[int]] = {}
    for index, instruction in enumerate(program.instructions):
        call = instruction.call if isinstance(instruction, Read) else instruction
        for frame in call.frames if isinstance(call, Call) else ():
            spans.setdefault((frame.name, frame.serial), []).append(index)
    found: list[Block] = []
    taken = 0
    for (name, _), indices in sorted(spans.items(), key=lambda each: (each[1][0], -len(each[1]))):
        if indices[0] >= taken and len(indices) >= _LONG:
            block = _block(program, name, indices[0], indices[-1] + 1, owners)
            if block is not None:
                found.append(block)
                taken = block.stop
    return found


def _block(program: Program, name: str, start: int, stop: int, owners: Mapping[int, int]) -> Block | None:
    inside = program.instructions[start:stop]
    calls = [each.call if isinstance(each, Read) else each for each in inside]
    if not any(isinstance(each, Call) and _of_matrices(each.name) for each in calls):
        return None
    if any(isinstance(each, Closure) for each in inside):
        return None
    made = {number for each in calls if isinstance(each, Call) for _, number in each.results}
    read = [
        number
        for each in calls
        if isinstance(each, Call)
        for number in _registers(each)
        if number not in made
    ]
    # memory from before must be left as it was
    before = {owners[each] for each in read}
    written = {owners[number] for each in calls if isinstance(each, Call) for number in each.written}
    if written & before:
        return None
    own = {each.reading for each in inside if isinstance(each, Read)}
    outside = [*program.instructions[stop:], *(each for _, each in program.scalars)]
    if _read(inside) - own or own & _read(outside):
        return None
    after = [each.call if isinstance(each, Read) else each for each in program.instructions[stop:]]
    used = {number for each in after if isinstance(each, Call) for number in _registers(each)}
    used |= {number for _, number in program.tensors}
    results = sorted(made & used)
    if len(results) != 1 or not read:
        return None
    return Block(name, start, stop, tuple(dict.fromkeys(read)), results[0])


def _read(parts: Iterable[object]) -> set[int]:
    """Readings that instructions and expressions use."""
    found: set[int] = set()
    for each in parts:
        call = each.call if isinstance(each, Read) else each
        if isinstance(call, Guard):
            used: list[Any] = [call.expression]
        else:
            used = flattened([call.args, list(call.kwargs.values())]) if isinstance(call, Call) else [call]
        for value in used:
            if isinstance(value, Expression):
                found |= {leaf.args[0] for leaf in leaves(value) if leaf.op == "item"}
    return found


def _of_matrices(name: str) -> bool:
    return base(name) in _MATRIX or (name.startswith("linalg_") and name not in _VECTOR)


def _registers(call: Call) -> list[int]:
    return [
        each.number
        for each in flattened([call.args, list(call.kwargs.values())])
        if isinstance(each, Register)
    ]


class Blocks:
    """Names for such functions, and how to compute each in float64.

    Attributes:
        implementations: What computes each.
        numbers: Hyperparameters and counters by place, which they use.
        shape: Of the parameter.
        places: Functions that write into a part, with the name of that part.
    """

    def __init__(self) -> None:
        self.implementations: dict[str, Callable[..., torch.Tensor]] = {}
        self.origins: dict[str, Any] = {}
        self.numbers: Mapping[str, Number] = {}
        self.shape: tuple[int, ...] = ()
        self.places: dict[str, str] = {}
        self._elements: dict[str, frozenset[int]] = {}
        self.implementations["identity"] = lambda n: torch.eye(int(n), dtype=torch.float64)

    def name(self, block: Block, program: Program, shapes: tuple[tuple[int, ...], ...]) -> str:
        """The name of a Python function, read on inputs of these shapes.

        The same function with other calls inside gets another one.
        """
        inside = program.instructions[block.start : block.stop]
        wanted = _identifier(block.function)

        def compute(*inputs: torch.Tensor) -> torch.Tensor:
            part = Program((), (), (), program.constants, (), (), (), ())
            execution = Execution(part, Situation({}, dict(self.numbers), ()), None)
            for number, value in zip(block.inputs, inputs, strict=True):
                execution.registers[number] = value.clone()
            sizes = sizes_by_size(shapes, [each.shape for each in inputs])
            for instruction in inside:
                if not isinstance(instruction, Guard):
                    execution._one(resized(instruction, sizes))
            return execution.registers[block.output].double()

        return self._known(wanted, ("block", tuple(_shape(each) for each in inside)), compute)

    def opaque(self, call: Call, name: str, position: int, given: tuple[Given, ...]) -> str:
        """The name of a result of a function of torch's.

        Args:
            call: It.
            name: What it is called if nothing else is.
            position: Of the result.
            given: Its operands.
        """
        numbers = _registers(call)

        def compute(*inputs: torch.Tensor) -> torch.Tensor:
            execution = Execution(
                Program((), (), (), (), (), (), (), ()), Situation({}, dict(self.numbers), ()), None
            )
            brought = [each.brought(value, self.shape) for value, each in zip(inputs, given, strict=True)]
            for number, value in zip(numbers, brought, strict=True):
                execution.registers[number] = value.clone()
            result = flattened(execution._call(call))[position]
            if result is None:
                raise RuntimeError("It returned nothing.")
            if not isinstance(result, torch.Tensor):
                return torch.tensor(float(result))
            return laid_back(result.double(), inputs, brought)

        alike = tuple(map(numbers.index, numbers))  # of one tensor with itself it is no function of two
        return self._known(_identifier(name), ("opaque", _shape(call), position, given, alike), compute)

    def part(self, whole: torch.Tensor, tensor: torch.Tensor) -> str:
        """The name of taking a part out of a tensor."""
        offset = tensor.storage_offset() - whole.storage_offset()
        shape, stride = tuple(tensor.shape), tuple(tensor.stride())
        kept = tuple(whole.shape), tuple(whole.stride())

        def compute(value: torch.Tensor) -> torch.Tensor:
            laid = torch.empty_strided(*kept, dtype=torch.float64).copy_(value.expand(kept[0]))
            return laid.as_strided(shape, stride, offset).clone()

        name = self._known("part", ("part", offset, shape, stride, kept), compute)
        if name not in self._elements:
            numel = 1 + sum((n - 1) * s for n, s in zip(*kept, strict=True))
            numbers = torch.arange(int(offset + numel)).as_strided(shape, stride, offset)
            self._elements[name] = frozenset(numbers.flatten().tolist())
        return name

    def placed(self, whole: torch.Tensor, tensor: torch.Tensor, part: str) -> str:
        """The name of writing into a part of a tensor, known as ``part``."""
        offset = tensor.storage_offset() - whole.storage_offset()
        shape, stride = tuple(tensor.shape), tuple(tensor.stride())
        kept = tuple(whole.shape), tuple(whole.stride())

        def compute(value: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
            laid = torch.empty_strided(*kept, dtype=torch.float64).copy_(value.expand(kept[0]))
            laid.as_strided(shape, stride, offset).copy_(new)
            return laid

        name = self._known("with_part", ("placed", part), compute)
        self.places[name] = part
        return name

    def disjoint(self, one: str, other: str) -> bool:
        """Whether two parts have no element in common."""
        return not self._elements[one] & self._elements[other]

    def _known(self, wanted: str, origin: Any, compute: Callable[..., torch.Tensor]) -> str:  # noqa: ANN401
        name, count = wanted, 1
        while name in self.origins and self.origins[name] != origin:
            count += 1
            name = f"{wanted}{count}"
        self.origins[name] = origin
        self.implementations[name] = compute
        return name


def _identifier(name: str) -> str:
    """A name that the language takes and that none of its functions has."""
    cleaned = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "block"
    cleaned = cleaned if cleaned[0].isalpha() else f"f{cleaned}"
    return f"{cleaned}_" if cleaned in FUNCTIONS.keys() | KEYWORDS | {"EMA", "identity"} else cleaned


def _shape(instruction: object) -> object:
    """What makes two calls the same: function, constants, expressions; not which registers."""
    call = instruction.call if isinstance(instruction, Read) else instruction
    if not isinstance(call, Call):
        return "guard"
    parts = [
        "tensor" if isinstance(each, Register) else repr(each)
        for each in flattened([call.args, list(call.kwargs.values())])
    ]
    return call.name, tuple(parts)


__all__ = ["Block", "Blocks", "OtherwiseError", "find"]
