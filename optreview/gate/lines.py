"""The source of a line, by which it is known however it moves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optreview.records import Location, Target

#: So much of a line is kept.
_LONGEST = 200


def source_line(target: Target, place: Location) -> str:
    """The source of a line without white space around it; empty where the file is gone."""
    path = source_file(target, place)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path else []
    return lines[place.line - 1].strip()[:_LONGEST] if place.line <= len(lines) else ""


def source_file(target: Target, place: Location) -> Path | None:
    """The file that a place is in; None where it is gone."""
    paths = (Path(root) / place.file for root in (target.root, *target.search_path))
    return next((path for path in paths if path.is_file()), None)
