"""How files are named to people and to other programs: from a folder, or from the root of its repository."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """Names files from one folder.

    Attributes:
        here: The folder, usually the one the program was started in.
        root: The repository it lies in; itself when it lies in none.
    """

    here: Path
    root: Path

    @classmethod
    def around(cls, here: Path) -> Places:
        """The places as seen from a folder."""
        here = here.resolve()
        root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
        return cls(here, root)

    @property
    def prefix(self) -> str:
        """The folder from the root of the repository, empty at the root."""
        relative = self.here.relative_to(self.root).as_posix()
        return "" if relative == "." else text(relative)

    def name(self, path: Path) -> str:
        """A file's path from the folder, with forward slashes; absolute outside the repository."""
        if path.is_relative_to(self.here):
            return text(path.relative_to(self.here).as_posix())
        if path.is_relative_to(self.root):
            return text(Path(os.path.relpath(path, self.here)).as_posix())
        return text(path.as_posix())


def text(path: str) -> str:
    """A path as Unicode: bytes of a file's name that are none become question marks."""
    return path.encode("utf-8", errors="replace").decode("utf-8")
