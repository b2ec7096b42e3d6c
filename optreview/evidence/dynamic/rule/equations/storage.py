"""Which tensors share memory, and what formula stands for what a memory holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy
import torch

from optreview.evidence.dynamic.rule.equations.operations import UnlowerableError, function
from optreview.evidence.dynamic.rule.program.instructions import Call, Closure, Execution

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.rule.equations.algebra import Formula
    from optreview.evidence.dynamic.rule.equations.blocks import Blocks
    from optreview.evidence.dynamic.rule.program.instructions import Program, Situation

    Closing = Callable[[dict[int, torch.Tensor]], tuple[dict[int, torch.Tensor], torch.Tensor]]

Geometry = tuple[int, tuple[int, ...], tuple[int, ...]]


@dataclass
class Content:
    """What a storage holds: a formula for the tensor of this geometry."""

    formula: Formula
    geometry: Geometry
    tensor: torch.Tensor


class Memory:
    """Formulas by storage; views of one are read from it and written into it.

    Args:
        blocks: Where parts get their names.
        directed: Columns and rows are two things, as they are beside a matrix.
    """

    def __init__(self, blocks: Blocks, *, directed: bool = True) -> None:
        self._blocks = blocks
        self._directed = directed
        self._contents: dict[int, Content] = {}

    def content(self, tensor: torch.Tensor) -> Content | None:
        """What the storage of a tensor holds."""
        return self._contents.get(storage(tensor))

    def read(self, tensor: torch.Tensor) -> Formula:
        """The formula of a tensor.

        Raises:
            UnlowerableError: Nothing is known of it.
        """
        content = self.content(tensor)
        if content is None:
            raise UnlowerableError("it uses a table of constants")
        relation = self._relation(content.geometry, _geometry(tensor))
        if relation == "same":
            return content.formula
        if relation == "transposed":
            return transposed(content.formula)
        return self._part(content, tensor)

    def put(self, tensor: torch.Tensor, formula: Formula) -> None:
        """The tensor has a storage of its own, or the first view of it."""
        self._contents[storage(tensor)] = Content(sympy.sympify(formula), _geometry(tensor), tensor)

    def write(self, tensor: torch.Tensor, formula: Formula) -> None:
        """The tensor, which may be a part of another, gets other values."""
        content = self.content(tensor)
        if content is None:
            self.put(tensor, formula)
            return
        relation = self._relation(content.geometry, _geometry(tensor))
        if relation == "part":
            part = self._blocks.part(content.tensor, tensor)
            placed = self._blocks.placed(content.tensor, tensor, part)
            content.formula = function(placed, content.formula, sympy.sympify(formula))
        else:
            content.formula = sympy.sympify(formula if relation == "same" else transposed(formula))

    def _relation(self, one: Geometry, other: Geometry) -> str:
        """Whether the second has the elements of the first in the same order, transposed, or only some."""
        if one == other:
            return "same"
        if self._directed and len(one[1]) == 2 and 1 in one[1] and one[1] == other[1][::-1] != other[1]:
            return "transposed" if one[0] == other[0] else "part"
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

    def _part(self, content: Content, tensor: torch.Tensor) -> Formula:
        """A part of a tensor: what was last written into just that part, if anything was."""
        name = self._blocks.part(content.tensor, tensor)
        formula = content.formula
        while formula.func.__name__ in self._blocks.places:
            inside = self._blocks.places[formula.func.__name__]
            if inside == name:
                return formula.args[1]
            if not self._blocks.disjoint(inside, name):
                break
            formula = formula.args[0]
        return function(name, formula) if not formula.is_Number else formula


@dataclass(frozen=True)
class Rehearsal:
    """What is known of a program only after it has been executed once.

    Attributes:
        owners: The storage of every register, as a number.
        last: After how many instructions each place has its final value: place and register by that number.
    """

    owners: dict[int, int]
    last: dict[int, list[tuple[str, int]]]


def rehearse(program: Program, before: Situation, closure: Closing | None) -> Rehearsal:
    """Execute a program on a copy of a situation."""
    trial = Execution(program, before.copied(), closure)
    written: dict[int, int] = {}
    made: dict[int, int] = {}
    alive: list[torch.UntypedStorage] = []  # so that no number of a storage is given a second time
    with torch.no_grad():
        for index, instruction in enumerate(program.instructions):
            trial._one(instruction)
            if isinstance(instruction, Closure):
                for _, number in instruction.gradients:
                    made[number] = index + 1
            if isinstance(instruction, Call):
                touched = [*instruction.written, *(number for _, number in instruction.results)]
                for number in touched:
                    if not isinstance(trial.registers[number], torch.Tensor):
                        continue
                    alive.append(trial.registers[number].untyped_storage())
                    written[storage(trial.registers[number])] = index + 1
                for _, number in instruction.results:
                    made[number] = index + 1
    last: dict[int, list[tuple[str, int]]] = {}
    for place, number in sorted(program.tensors, key=lambda each: not each[0].startswith("param")):
        after = written.get(storage(trial.registers[number]))
        if after is not None:
            last.setdefault(max(after, made.get(number, 0)), []).append((place, number))
    tensors = {number: each for number, each in trial.registers.items() if isinstance(each, torch.Tensor)}
    return Rehearsal({number: storage(each) for number, each in tensors.items()}, last)


def transposed(formula: Formula) -> Formula:
    """Twice is not at all; a product turned is that of the turned ones the other way round."""
    if formula.func.__name__ == "transpose":
        return formula.args[0]
    if formula.func.__name__ == "matmul":
        left, right = formula.args
        return function("matmul", transposed(right), transposed(left))
    return formula if formula.is_number else function("transpose", formula)


def storage(tensor: torch.Tensor) -> int:
    """Which memory a tensor is in."""
    return int(tensor.untyped_storage()._cdata)


def _geometry(tensor: torch.Tensor) -> Geometry:
    return int(tensor.storage_offset()), tuple(tensor.shape), tuple(tensor.stride())


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
