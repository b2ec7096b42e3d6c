"""Places in the reviewed package's files, as the record names them, for frames and their instructions."""

from __future__ import annotations

import dis
import linecache
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch

from optreview.records import Location, Position

if TYPE_CHECKING:
    from collections.abc import Iterable
    from traceback import FrameSummary
    from types import CodeType, FrameType

    from optreview.records import Target

#: Frames looked at before a walk up the stack gives up.
_MOST_FRAMES = 200


class Place(NamedTuple):
    """The innermost expression of the package that is being evaluated: an instruction of a frame."""

    frame: FrameType
    instruction: int

    @property
    def key(self) -> tuple[CodeType, int]:
        """What tells places apart, whichever call evaluates them."""
        return self.frame.f_code, self.instruction


class Places:
    """The files that count as the package's, and where in them a frame stands.

    Args:
        target: Its folders are those that the files' names are relative to.
        files: Names of the files.
        barriers: Code that stands for somebody else's work, such as the training loop's closure: what runs
            inside it is not the optimizer's, whoever called it.
    """

    def __init__(self, target: Target, files: Iterable[str], barriers: Iterable[CodeType] = ()) -> None:
        roots = [Path(root).resolve() for root in (target.root, *target.search_path)]
        self._names = {str(root / name): name for name in files for root in reversed(roots)}
        self._known: dict[str, str | None] = {}
        self._barriers = frozenset(barriers)
        self._spans: dict[tuple[CodeType, int], tuple[Location, Position] | None] = {}

    def name(self, filename: str) -> str | None:
        """The record's name of a code object's file, or None when it is none of the package's."""
        try:
            return self._known[filename]
        except KeyError:
            found = self._names.get(filename) or self._names.get(str(Path(filename).resolve()))
            self._known[filename] = found
            return found

    def innermost(self, skipped: int) -> Place | None:
        """The package's innermost frame above the caller's ``skipped`` own ones."""
        frame: FrameType | None = sys._getframe(skipped + 1)
        for _ in range(_MOST_FRAMES):
            if frame is None or frame.f_code in self._barriers:
                return None
            if self.name(frame.f_code.co_filename) is not None:
                return Place(frame, frame.f_lasti)
            frame = frame.f_back
        return None

    def span(self, place: Place) -> tuple[Location, Position] | None:
        """Where the expression begins and ends, or None when Python was told to forget columns."""
        return self._located(place.key)

    def location(self, key: tuple[CodeType, int]) -> Location | None:
        """Where the expression of a place's key begins."""
        found = self._located(key)
        return found[0] if found else None

    def summarised(self, frame: FrameSummary) -> Location | None:
        """Where a frame of a summarised stack stands, or None in somebody else's file."""
        name = self.name(frame.filename)
        if name is None or frame.lineno is None:
            return None
        offset = getattr(frame, "colno", None) or 0
        return Location(
            file=name, line=frame.lineno, column=_characters(frame.filename, frame.lineno, offset)
        )

    def _located(self, key: tuple[CodeType, int]) -> tuple[Location, Position] | None:
        if key not in self._spans:
            self._spans[key] = self._span(*key)
        return self._spans[key]

    def _span(self, code: CodeType, instruction: int) -> tuple[Location, Position] | None:
        decides = dis.opname[code.co_code[instruction]].startswith("POP_JUMP")
        index = instruction // 2 - (1 if decides else 0)  # a jump stands for a whole ``if``: take its test
        found = next(islice(code.co_positions(), index, None), (None,) * 4)
        line, end_line, column, end_column = found
        name = self.name(code.co_filename)
        if line is None or end_line is None or column is None or end_column is None or name is None:
            return None
        start = Location(file=name, line=line, column=_characters(code.co_filename, line, column))
        return start, Position(line=end_line, column=_characters(code.co_filename, end_line, end_column))


def _characters(filename: str, line: int, offset: int) -> int:
    """The 1-based column of a byte offset: Python counts bytes, records count characters."""
    text = linecache.getline(filename, line)
    return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="replace")) + 1


def driver(place_or_frame: FrameType | None) -> torch.optim.Optimizer | None:
    """The optimizer in whose method a frame stands, its callers' methods included."""
    frame = place_or_frame
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return None
        if frame.f_code.co_varnames[:1] == ("self",):
            receiver = frame.f_locals.get("self")
            if isinstance(receiver, torch.optim.Optimizer):
                return receiver
        frame = frame.f_back
    return None
