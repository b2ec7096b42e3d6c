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


class Naming:
    """Looks at the frames of the optimizer's package whenever it calls torch.

    Attributes:
        tensors: Names by register; the first that is seen, as later ones are of helpers that it is given to.
        numbers: Names by expression.
    """

    def __init__(self, package: str) -> None:
        self.tensors: dict[int, str] = {}
        self.numbers: dict[Expression, str] = {}
        self._package = package
        self._serials: dict[FrameType, int] = {}

    def look(
        self, calling: FrameType, registers: Mapping[int, int]
    ) -> tuple[tuple[Frame, ...], tuple[tuple[str, int], ...]]:
        """Note what the caller's variables hold, and return the package's calls under way and their lines."""
        under_way: list[Frame] = []
        lines: list[tuple[str, int]] = []
        nearest = True
        frame: FrameType | None = calling
        while frame is not None:
            name = frame.f_globals.get("__name__", "")
            if isinstance(name, str) and name.partition(".")[0] == self._package:
                lines.append((frame.f_code.co_filename, frame.f_lineno))
                if frame is calling:
                    frame = frame.f_back
                    continue
                if nearest:
                    self._note(frame, registers)
                    nearest = False
                serial = self._serials.setdefault(frame, len(self._serials))
                under_way.append(Frame(frame.f_code.co_name, serial))
            elif isinstance(name, str) and name.startswith("optreview.evidence"):
                break
            frame = frame.f_back
        return tuple(reversed(under_way)), tuple(reversed(lines))

    def _note(self, frame: FrameType, registers: Mapping[int, int]) -> None:
        for name, value in frame.f_locals.items():
            if isinstance(value, torch.Tensor):
                number = registers.get(id(value))
                if number is not None:
                    self.tensors.setdefault(number, name)
            elif is_symbolic(value) and value.expression.op not in {"leaf", "constant"}:
                self.numbers.setdefault(value.expression, name)
