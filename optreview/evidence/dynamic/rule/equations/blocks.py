"""Functions that keep their name: the optimizer's own helpers with matrix algebra in them, and torch's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic.rule.program.instructions import (
    Call,
    Execution,
    Guard,
    OtherwiseError,
    Program,
    Read,
    Register,
    Situation,
    flattened,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optreview.evidence.dynamic.rule.program.expression import Number

#: Calls from which a Python function is worth a name.
_LONG = 5
_MATRIX = (
    "matmul",
    "mm",
    "bmm",
    "linalg",
    "svd",
    "qr",
    "eigh",
    "inverse",
    "cholesky",
    "einsum",
    "pinverse",
    "solve",
)


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


def find(program: Program, before: Situation) -> list[Block]:
    """The blocks of a program, none inside another."""
    spans: dict[tuple[str, int], list[int]] = {}
    for index, instruction in enumerate(program.instructions):
        call = instruction.call if isinstance(instruction, Read) else instruction
        for frame in call.frames if isinstance(call, Call) else ():
            spans.setdefault((frame.name, frame.serial), []).append(index)
    owners = _owners(program, before)
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
    if not any(isinstance(each, Call) and any(part in each.name for part in _MATRIX) for each in calls):
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
    after = [each.call if isinstance(each, Read) else each for each in program.instructions[stop:]]
    used = {number for each in after if isinstance(each, Call) for number in _registers(each)}
    used |= {number for _, number in program.tensors}
    results = sorted(made & used)
    if len(results) != 1 or not read:
        return None
    return Block(name, start, stop, tuple(dict.fromkeys(read)), results[0])


def _registers(call: Call) -> list[int]:
    return [
        each.number
        for each in flattened([call.args, list(call.kwargs.values())])
        if isinstance(each, Register)
    ]


def _owners(program: Program, before: Situation) -> dict[int, int]:
    """The storage of every register, as a number."""
    trial = Execution(program, before.copied(), None)
    found: dict[int, int] = {}
    with torch.no_grad():
        for instruction in program.instructions:
            trial._one(instruction)
        for number, tensor in trial.registers.items():
            found[number] = int(tensor.untyped_storage()._cdata)
    return found


class Blocks:
    """Names for such functions, and how to compute each in float64."""

    def __init__(self) -> None:
        self.implementations: dict[str, Callable[..., torch.Tensor]] = {}
        self.origins: dict[str, Any] = {}

    def name(self, block: Block, program: Program, numbers: Mapping[str, Number]) -> str:
        """The name of a Python function; the same function with other calls inside gets another one."""
        inside = program.instructions[block.start : block.stop]
        wanted = block.function.strip("_") or "block"

        def compute(*inputs: torch.Tensor) -> torch.Tensor:
            part = Program((), (), (), program.constants, (), (), (), ())
            execution = Execution(part, Situation({}, dict(numbers), ()), None)
            for number, value in zip(block.inputs, inputs, strict=True):
                execution.registers[number] = value.clone()
            for instruction in inside:
                if not isinstance(instruction, Guard):
                    execution._one(instruction)
            return execution.registers[block.output].double()

        return self._known(wanted, ("block", tuple(_shape(each) for each in inside)), compute)

    def opaque(self, call: Call, name: str, position: int, numbers: Mapping[str, Number]) -> str:
        """The name of a function of torch's; with a number where it has several results."""

        def compute(*inputs: torch.Tensor) -> torch.Tensor:
            execution = Execution(
                Program((), (), (), (), (), (), (), ()), Situation({}, dict(numbers), ()), None
            )
            for number, value in zip(_registers(call), inputs, strict=True):
                execution.registers[number] = value
            result = flattened(execution._call(call))[position]
            return result.double() if isinstance(result, torch.Tensor) else torch.tensor(float(result))

        several = len(call.results) > 1
        wanted = (
            f"{name.strip('_').replace('.', '_')}_{position + 1}"
            if several
            else name.strip("_").replace(".", "_")
        )
        return self._known(wanted, ("opaque", _shape(call), position), compute)

    def part(self, whole: torch.Tensor, tensor: torch.Tensor) -> str:
        """The name of taking a part out of a tensor."""
        offset = tensor.storage_offset() - whole.storage_offset()
        shape, stride = tuple(tensor.shape), tuple(tensor.stride())
        kept = tuple(whole.shape), tuple(whole.stride())

        def compute(value: torch.Tensor) -> torch.Tensor:
            laid = torch.empty_strided(*kept, dtype=torch.float64).copy_(value.expand(kept[0]))
            return laid.as_strided(shape, stride, offset).clone()

        return self._known("part", ("part", offset, shape, stride), compute)

    def _known(self, wanted: str, origin: Any, compute: Callable[..., torch.Tensor]) -> str:  # noqa: ANN401
        name, count = wanted, 1
        while name in self.origins and self.origins[name] != origin:
            count += 1
            name = f"{wanted}{count}"
        self.origins[name] = origin
        self.implementations[name] = compute
        return name


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
