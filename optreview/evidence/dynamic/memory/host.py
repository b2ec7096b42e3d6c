"""Memory of Python's side that no tensor storage shows: NumPy arrays, mapped files, byte strings."""

from __future__ import annotations

import array
import mmap
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from optreview.records import HostKind


class HostMemory(NamedTuple):
    """A block of memory: its owner, its exact bytes, and where it begins when that can be asked."""

    kind: HostKind
    owner: object
    bytes: int
    start: int | None = None

    def beyond(self, tensors: list[tuple[int, int]]) -> int:
        """Bytes that none of these address ranges covers: a tensor made of an array is the array's memory."""
        if self.start is None:
            return self.bytes
        end, reached, rest = self.start + self.bytes, self.start, 0
        for begin, past in sorted(tensors):
            rest += max(0, min(begin, end) - reached)
            reached = min(end, max(reached, past))
        return rest + end - reached


def is_number(value: object) -> bool:
    """Whether it is a number of Python's or NumPy's, and no truth value."""
    if isinstance(value, (int, float, complex)):
        return not isinstance(value, bool)
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.number)


def is_array(value: object) -> bool:
    """Whether it is an array of NumPy's; one that nobody has imported has no arrays."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def base_of(value: object) -> object:
    """Whose memory an array shows: itself, the array it is a view of, or what it was made from."""
    while is_array(value) and value.base is not None:  # type: ignore[attr-defined]
        value = value.base  # type: ignore[attr-defined]
    return value


def host_memory(value: object) -> HostMemory | None:
    """The block of memory that an object owns, or None when it owns none of the kinds known here."""
    if is_array(value):
        return HostMemory("numpy", value, value.nbytes, value.__array_interface__["data"][0])  # type: ignore[attr-defined]
    if isinstance(value, mmap.mmap):
        return HostMemory("mmap", value, 0 if value.closed else len(value))
    if isinstance(value, (bytes, bytearray)):
        return HostMemory("bytes", value, len(value))
    if isinstance(value, array.array):
        start, items = value.buffer_info()
        return HostMemory("array", value, items * value.itemsize, start)
    if isinstance(value, memoryview):
        return host_memory(value.obj)
    return None
