"""Which installed distribution a file belongs to, read from the metadata beside it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from optreview.frozen import Frozen


class Distribution(Frozen, frozen=True):
    """Name and version as published; local version labels such as ``+cpu`` are dropped."""

    name: str
    version: str


def installed(root: str, package: str, file: str) -> Distribution | None:
    """The distribution whose record lists a file, given relative to ``root``."""
    folders = sorted(Path(root).glob("*.dist-info"))
    likely = [entry for entry in folders if _normal(entry.name.partition("-")[0]) == _normal(package)]
    rest = [entry for entry in folders if entry not in likely]
    for folder in [*likely, *rest]:
        if _lists(folder, file):
            return _metadata(folder)
    return None


def _normal(name: str) -> str:
    return name.replace("-", "_").replace(".", "_").lower()


def _lists(folder: Path, file: str) -> bool:
    return f"\n{file},".encode() in _record(folder)


@lru_cache(maxsize=4)  # asked for by one class of a package after the other
def _record(folder: Path) -> bytes:
    try:
        return b"\n" + (folder / "RECORD").read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        return b""


def _metadata(folder: Path) -> Distribution | None:
    try:
        text = (folder / "METADATA").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields: dict[str, str] = {}
    for line in text.split("\n\n", 1)[0].splitlines():
        name, separator, value = line.partition(": ")
        if separator:
            fields.setdefault(name, value.strip())
    if "Name" not in fields or "Version" not in fields:
        return None
    return Distribution(fields["Name"], fields["Version"].partition("+")[0])
