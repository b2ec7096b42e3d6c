"""Delivering reviews: into a folder with its index, or as text for stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview import disk
from optreview.records import encode
from optreview.report import index, store
from optreview.report.formats import markdown
from optreview.report.store import ClassName
from optreview.report.voices import folders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from optreview.records import Review
    from optreview.report.store import Files
    from optreview.report.voices.folders import Voice


class Delivery:
    """A folder that reviews are written to.

    Attributes:
        folder: Where pages, records and the index go.
        force: Overwrite files that optreview did not generate.
        voice: The words of the pages.
    """

    def __init__(self, folder: Path, *, force: bool, voice: Voice | None = None) -> None:
        disk.prepare(folder)
        self.folder = folder
        self.force = force
        self.voice = voice or folders.plain()
        self._files: dict[ClassName, Files] = {}

    def reserve(self, names: Sequence[ClassName]) -> None:
        """Check, before anything is run, that no stranger's file is in the way.

        Raises:
            InputError: One is.
        """
        self._files = store.places(self.folder, names, self.voice.name)
        for name, files in self._files.items():
            store.claim(files, name, force=self.force)
        markdown.prepare(self.voice)

    def deliver(self, review: Review) -> Path:
        """Write page and record of a reserved class; the page's path is returned.

        The record comes first: it is whole whatever becomes of the page.
        """
        files = self._files[ClassName.of(review.evidence.static.subject)]
        store.save(files.record, encode(review))
        store.save(files.page, markdown.render(review, self.voice).encode())
        return files.page

    def close(self) -> None:
        """Refresh the folder's index, once something was delivered."""
        index.refresh(self.folder, force=self.force)
