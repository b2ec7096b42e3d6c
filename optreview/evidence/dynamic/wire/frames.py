"""How messages are framed: a length and that many bytes of JSON."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Largest accepted frame, in bytes: from reviewed code; from the caller, who may name many thousand tensors.
LARGEST_FRAME, LARGEST_REQUEST = 1 << 20, 1 << 26
_HEADER = struct.Struct(">I")


class GarbledError(Exception):
    """The bytes received are not a frame, or not a message."""


def frame(message: msgspec.Struct) -> bytes:
    """Encode a message with its length before it."""
    payload = msgspec.json.encode(message)
    return _HEADER.pack(len(payload)) + payload


class Frames:
    """Cuts a byte stream back into frames."""

    def __init__(self, largest: int = LARGEST_FRAME) -> None:
        self._pending = bytearray()
        self._largest = largest

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Add what was read and yield every frame that is now complete.

        Raises:
            GarbledError: A frame claims to be larger than is accepted.
        """
        self._pending += data
        while len(self._pending) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._pending)
            if length > self._largest:
                raise GarbledError("a frame is larger than allowed")
            if len(self._pending) < _HEADER.size + length:
                return
            payload = bytes(self._pending[_HEADER.size : _HEADER.size + length])
            del self._pending[: _HEADER.size + length]
            yield payload
