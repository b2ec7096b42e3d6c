"""Writing files whole or not at all, and asking first whether they can be written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from optreview.errors import InputError


def prepare(folder: Path) -> None:
    """Make sure that the folder can be written to, before anything is run.

    Raises:
        InputError: It cannot; the sentence says why.
    """
    existing = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not existing.is_dir():
        raise InputError(
            f"The output folder {folder} cannot be made: {existing} is not a folder; choose -o DIR."
        )
    try:
        # The only honest test of "writable" is to write: as root, permission bits say nothing.
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InputError(
            f"The output folder {folder} cannot be written to ({error.strerror}); choose another with -o DIR."
        ) from error


def write_atomically(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write beside the file, then rename over it; the temporary file is gone whatever happens.

    Without a mode, the file gets the one that new files get.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        temporary.chmod(0o666 & ~_umask() if mode is None else mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
