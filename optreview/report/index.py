"""The index of a reviews folder: one line for every record in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.errors import InputError
from optreview.judgement import rubric
from optreview.report import disk, environment, store
from optreview.report.escaping import Markdown
from optreview.report.formats.markdown import MARKER, tidy
from optreview.report.view import memory

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import Review

FILE_NAME = "index.md"


def refresh(folder: Path, *, force: bool) -> Path | None:
    """Write the index anew from the records in the folder; None when a stranger's file has its place."""
    path = folder / FILE_NAME
    if path.exists() and not force and not path.read_bytes().startswith(MARKER.encode()):
        return None
    disk.write_atomically(path, render(folder).encode())
    return path


def render(folder: Path) -> str:
    """The index as Markdown, sorted by package and class."""
    rows = []
    for record in sorted(folder.glob("*/*.json")):
        try:
            review = store.load(record)
        except InputError:
            continue  # not one of ours, or of another schema version: not for this index
        rows.append((record.with_suffix(".md").relative_to(folder).as_posix(), review, _memory(review)))
    return tidy(
        environment.create()
        .get_template("index.md.j2")
        .render(marker=Markdown(MARKER), rows=rows, dimensions=rubric.load().dimensions)
    )


def _memory(review: Review) -> memory.MemoryView | None:
    evidence = review.evidence
    return memory.build(evidence.static, evidence.dynamic) if evidence.dynamic else None
