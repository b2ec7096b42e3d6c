"""Putting mended files in place: each whole or not at all, and none that is not the user's to change."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.disk import write_atomically
from optreview.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.mend.outcome import Mended

_INSTALLED = frozenset({"site-packages", "dist-packages"})


def claim(paths: Iterable[str]) -> None:
    """Check, before anything is run, that files are there to be changed.

    Raises:
        InputError: One is read-only, or belongs to an installed package.
    """
    for path in map(Path, sorted(paths)):
        if _INSTALLED & set(path.parts):
            raise InputError(
                f"{path} belongs to an installed package, which the next installation replaces; "
                "fix the package's source instead."
            )
        if not path.stat().st_mode & stat.S_IWUSR:
            raise InputError(
                f"{path} is read-only; make it writable, or leave out --write to see the changes."
            )


def write(files: Iterable[Mended]) -> None:
    """Replace every file, after a last look that all of them are what they were.

    Raises:
        InputError: One has changed meanwhile, and nothing was written; or the disk refuses.
    """
    mended = tuple(files)
    for file in mended:
        if _content(file.path) != file.before:
            message = f"{file.path} has changed while it was being compared; nothing was written, run again."
            raise InputError(message)
    for file in mended:
        path = Path(file.path)
        try:
            write_atomically(path, file.after, mode=stat.S_IMODE(path.stat().st_mode))
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error


def _content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None
