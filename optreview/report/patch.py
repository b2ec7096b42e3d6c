"""A change of files as a unified diff that ``git apply`` and ``patch -p1`` take, byte for byte."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')


def unified(path: Path, before: bytes, after: bytes) -> bytes:
    """The diff of one file, named relative to the current folder where it lies below it.

    Lines keep their endings and their encoding, and a file that does not end in a line break is said to.
    """
    name = _relative(path)
    lines = difflib.diff_bytes(
        difflib.unified_diff,
        _lines(before),
        _lines(after),
        _header("a", name),
        _header("b", name),
    )
    return b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines
    )


def _lines(data: bytes) -> list[bytes]:
    """Lines as patch programs see them: only a line feed ends one."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _relative(path: Path) -> str:
    here = Path.cwd().resolve()
    shown = path.relative_to(here) if path.is_relative_to(here) else path.relative_to(path.anchor)
    return shown.as_posix()


def _header(side: str, name: str) -> bytes:
    """A file's name as git writes it: quoted when it holds signs that end a line or a string."""
    full = f"{side}/{name}"
    if _SPECIAL.search(full):
        full = '"' + _SPECIAL.sub(lambda found: f"\\{ord(found[0]):03o}", full) + '"'
    elif " " in full:
        full += "\t"
    return full.encode(errors="surrogateescape")
