"""The index of a reviews folder: its records ranked and filtered by what users ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview import disk
from optreview.errors import InputError
from optreview.judgement import rubric
from optreview.report import environment, store
from optreview.report.aligned import aligned
from optreview.report.escaping import Markdown
from optreview.report.formats.markdown import MARKER, tidy
from optreview.report.view import gallery

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "index.md"


def refresh(folder: Path, *, force: bool) -> Path | None:
    """Write the index anew from the records in the folder; None when a stranger's file has its place."""
    path = folder / FILE_NAME
    if path.exists() and not force and not path.read_bytes().startswith(MARKER.encode()):
        return None
    disk.write_atomically(path, render(folder).encode())
    return path


def render(folder: Path) -> str:
    """The index as Markdown: the pages whose records are beside them."""
    found = []
    for record in sorted(folder.glob("*/*.json")):
        try:
            review = store.load(record)
        except InputError:
            continue  # not one of ours, or of another schema version: not for this index
        pages = {voice: path.relative_to(folder) for voice, path in store.pages(record).items()}
        found.append((review, pages))
    page = (
        environment.shared()
        .get_template("index.md.j2")
        .render(marker=Markdown(MARKER), view=gallery.build(found), dimensions=rubric.load().dimensions)
    )
    return tidy(aligned(page))
