"""Reading the rubric's TOML files into typed values, strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from optreview.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


def decode(path: Path, kind: type[T], **place: str) -> T:
    """Read a TOML file into ``kind``; ``place`` are the fields that the file's location gives.

    Raises:
        InputError: The file is not TOML or does not follow the format; the sentence names file and fault.
    """
    try:
        return msgspec.convert({**msgspec.toml.decode(path.read_bytes()), **place}, kind)
    except (msgspec.MsgspecError, ValueError, OSError) as error:
        where = "/".join(path.parts[-3:])
        raise InputError(f"The rubric file {where} cannot be read: {error}.") from error
