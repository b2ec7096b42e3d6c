"""Delivering reviews: into a folder with its index, or as text for stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.report import disk, index, store
from optreview.report.formats import markdown
from optreview.report.store import ClassName

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from optreview.records import Review
    from optreview.report.store import Files


class Delivery:
    """A folder that reviews are written to.

    Attributes:
        folder: Where pages, records and the index go.
        force: Overwrite files that optreview did not generate.
    """

    def __init__(self, folder: Path, *, force: bool) -> None:
        disk.prepare(folder)
        self.folder = folder
        self.force = force
        self._files: dict[ClassName, Files] = {}

    def reserve(self, names: Sequence[ClassName]) -> None:
        """Check, before anything is run, that no stranger's file is in the way.

        Raises:
            InputError: One is.
        """
        self._files = store.places(self.folder, names)
        for name, files in self._files.items():
            store.claim(files, name, force=self.force)

    def deliver(self, review: Review) -> Path:
        """Write page and record of a reserved class; the page's path is returned."""
        files = self._files[ClassName.of(review.evidence.static.subject)]
        store.save(review, markdown.render(review), files)
        return files.page

    def close(self) -> None:
        """Refresh the folder's index, once something was delivered."""
        index.refresh(self.folder, force=self.force)
