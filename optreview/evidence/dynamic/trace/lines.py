"""Which lines ran, and which of them put a new key into the state: watched line by line.

``sys.settrace`` is asked about every new frame, and follows only the package's. The state is looked at
between two lines, so that any dictionary will do, and the optimizer's own is left as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

import torch

from optreview.records import ExecutedLines, KeptState, Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from optreview.evidence.dynamic.trace.places import Places
    from optreview.records import BufferKind

    Trace = Callable[[FrameType, str, object], object]

#: State keys that a record holds.
MOST_KEYS = 200
_LISTS = (list, tuple, set, frozenset, dict)


class Lines:
    """Follows the lines of the package's files.

    Attributes:
        subject: The optimizer whose state is watched; unknown while its constructor runs.
    """

    def __init__(self, places: Places) -> None:
        self.subject: torch.optim.Optimizer | None = None
        self._places = places
        self._executed: dict[str, set[int]] = {}
        self._last: tuple[str, int] | None = None
        self._size = 0
        self._keys: dict[str, _Key] = {}
        self._inside = 0
        self._before: object = None

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._called)  # type: ignore[arg-type]
        return self

    def __exit__(self, *details: object) -> None:
        sys.settrace(self._before)  # type: ignore[arg-type]
        self._compare()

    def kept(self) -> tuple[KeptState, ...]:
        """The keys of ``state[p]`` that were seen, in alphabetical order."""
        return tuple(
            KeptState(key=name, kinds=tuple(sorted(key.kinds)), created=key.created, inherited=key.inherited)
            for name, key in sorted(self._keys.items())[:MOST_KEYS]
        )

    def executed(self) -> tuple[ExecutedLines, ...]:
        """The lines that ran, by file."""
        return tuple(ExecutedLines(file=f, lines=ranges(n)) for f, n in sorted(self._executed.items()) if n)

    def classify(self) -> None:
        """Look at what is kept now under each key."""
        for owner, key, value in self._entries():
            found = kind_of(value, owner)
            if found is not None:
                self._keys.setdefault(key, _Key()).kinds.add(found)

    # ---- called by Python

    def _called(self, frame: FrameType, event: str, argument: object) -> Trace | None:  # noqa: ARG002
        name = self._places.name(frame.f_code.co_filename)
        if frame.f_code.co_name == "step" and self._another(frame):
            self._compare()
            self._inside += 1
            frame.f_trace_lines = False
            return self._left
        if name is None:
            return None
        return self._follow

    def _follow(self, frame: FrameType, event: str, argument: object) -> Trace:  # noqa: ARG002
        name = self._places.name(frame.f_code.co_filename) or ""
        if event == "line":
            self._compare()
            self._last = (name, frame.f_lineno)
            self._executed.setdefault(name, set()).add(frame.f_lineno)
        elif event == "return":
            self._compare()
            caller = frame.f_back
            file = self._places.name(caller.f_code.co_filename) if caller else None
            if caller is not None and file is not None:
                self._last = (file, caller.f_lineno)
        return self._follow

    def _left(self, frame: FrameType, event: str, argument: object) -> Trace:  # noqa: ARG002
        if event == "return":
            self._compare()
            self._inside -= 1
        return self._left

    # ---- the state

    def _another(self, frame: FrameType) -> bool:
        """Whether a frame is the step of an optimizer that the subject drives."""
        if self.subject is None or frame.f_code.co_varnames[:1] != ("self",):
            return False
        receiver = frame.f_locals.get("self")
        return isinstance(receiver, torch.optim.Optimizer) and receiver is not self.subject

    def _compare(self) -> None:
        """Note new keys; they were put there since the last look, by the line before."""
        state = getattr(self.subject, "state", None)
        if not isinstance(state, Mapping):
            return
        size = sum(len(entry) for entry in state.values() if isinstance(entry, Mapping))
        if size == self._size:
            return
        self._size = size
        for _, key, _ in self._entries():
            if key not in self._keys and len(self._keys) <= MOST_KEYS:
                self._keys[key] = _Key(self._line(), inherited=self._inside > 0)

    def _line(self) -> Location | None:
        return Location(file=self._last[0], line=self._last[1], column=1) if self._last else None

    def _entries(self) -> Iterator[tuple[torch.Tensor, str, object]]:
        state = getattr(self.subject, "state", None)
        if isinstance(state, Mapping):
            for owner, entry in list(state.items()):
                if isinstance(owner, torch.Tensor) and isinstance(entry, Mapping):
                    for key, value in list(entry.items()):
                        yield owner, str(key)[:200], value


class _Key:
    def __init__(self, created: Location | None = None, *, inherited: bool = False) -> None:
        self.created = created
        self.inherited = inherited
        self.kinds: set[BufferKind] = set()


def kind_of(value: object, owner: torch.Tensor) -> BufferKind | None:
    """What is kept for a parameter; None for nothing."""
    if value is None:
        return None
    if isinstance(value, torch.Tensor):
        if value.shape == owner.shape:
            return "full-size"
        return "scalar" if value.numel() == 1 else "factored"
    if isinstance(value, (int, float)):
        return "number"
    return "list" if isinstance(value, _LISTS) or type(value).__name__ == "deque" else "unknown"


def ranges(numbers: set[int]) -> str:
    """``12-15, 18``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
