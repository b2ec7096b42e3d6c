"""Names of intermediate tensors and numbers: those of the optimizer's own variables that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.program.instructions import Frame
from optreview.evidence.dynamic.rule.program.scalars import is_symbolic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from optreview.evidence.dynamic.rule.program.expression import Expression

_FILES = ("optreview", "importlib")


class Nameless:
    """For programs that are only executed: what the code calls its values is not looked at.

    Attributes:
        numbers: Names by expression.
    """

    def __init__(self) -> None:
        self.numbers: dict[Expression, str] = {}

    def look(
        self,
        frame: FrameType | None,  # noqa: ARG002 - as ``Naming`` is asked
        registers: Mapping[int, int],  # noqa: ARG002
    ) -> tuple[tuple[Frame, ...], tuple[tuple[str, int], ...]]:
        """Nothing."""
        return (), ()

    def bound(self) -> tuple[tuple[int, str], ...]:
        """Nothing."""
        return ()


class Naming(Nameless):
    """Looks at the frames of the optimizer's package whenever it calls torch or compares numbers."""

    def __init__(self, package: str) -> None:
        super().__init__()
        self._tensors: dict[int, str] = {}
        self._bound: dict[int, str] = {}
        self._package = package
        self._serials: dict[FrameType, int] = {}

    def look(
        self, frame: FrameType | None, registers: Mapping[int, int]
    ) -> tuple[tuple[Frame, ...], tuple[tuple[str, int], ...]]:
        """Note what the callers' variables hold; the package's calls under way, and where each stands."""
        frames = list(self._frames(frame))
        seen: dict[int, str] = {}
        for each in frames:  # a helper has names of its own for what it is given
            self._note(each, registers, seen)
        for number, name in seen.items():
            if self._tensors.get(number) != name:
                self._tensors[number] = self._bound[number] = name
        under_way = tuple(
            Frame(each.f_code.co_name, self._serials.setdefault(each, len(self._serials))) for each in frames
        )
        return under_way, tuple((each.f_code.co_filename, each.f_lineno) for each in frames)

    def bound(self) -> tuple[tuple[int, str], ...]:
        """Registers that variables hold by now that did not when this was last asked, with their names."""
        found = tuple(self._bound.items())
        self._bound = {}
        return found

    def _frames(self, frame: FrameType | None) -> list[FrameType]:
        """The package's, outermost first."""
        found = []
        while frame is not None:
            name = frame.f_globals.get("__name__", "")
            if isinstance(name, str) and self._of_package(name):
                found.append(frame)
            elif isinstance(name, str) and name.startswith("optreview.evidence"):
                break
            frame = frame.f_back
        return found[::-1]

    def _of_package(self, module: str) -> bool:
        """Torch's own frames below its optimizers are of what these call."""
        if self._package == "torch":
            return module.startswith("torch.optim")
        return module.partition(".")[0] == self._package

    def _note(self, frame: FrameType, registers: Mapping[int, int], seen: dict[int, str]) -> None:
        """Of several variables of one function the last one; a function's before those of what it calls."""
        own: dict[int, str] = {}
        for name, value in frame.f_locals.items():
            if isinstance(value, torch.Tensor):
                number = registers.get(id(value))
                if number is not None:
                    own[number] = name
            elif is_symbolic(value) and value.expression.op not in {"leaf", "constant"}:
                self.numbers.setdefault(value.expression, name)
        for number, name in own.items():
            seen.setdefault(number, name)
