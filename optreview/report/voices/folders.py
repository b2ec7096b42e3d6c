"""Where the templates of a voice lie, and where those lie that it does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview import resources
from optreview.frozen import Frozen

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = "plain"
SUFFIX = ".md.j2"


class Voice(Frozen, frozen=True):
    """The words of a page.

    Attributes:
        name: What its pages are called after.
        folder: Its templates. What it does not have is the plain voice's.
    """

    name: str
    folder: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where a template is looked for, in order."""
        return tuple(dict.fromkeys((self.folder, plain().folder)))

    @property
    def is_own(self) -> bool:
        """Whether it is the user's, and does not ship with optreview."""
        return self.folder.parent != _shipped()

    def templates(self, kind: str) -> dict[str, Path]:
        """The templates of one of its folders, the plain voice's among them, sorted by name."""
        layers = [sorted((folder / kind).glob(f"*{SUFFIX}")) for folder in reversed(self.folders)]
        found = {path.name.removesuffix(SUFFIX): path for layer in layers for path in layer}
        return dict(sorted(found.items()))

    def sections(self) -> list[str]:
        """Template names of a page's sections in the order of their numbers; other files are parts."""
        return [f"sections/{name}{SUFFIX}" for name in self.templates("sections") if name[0].isdigit()]


def plain() -> Voice:
    """The voice that has every template."""
    return shipped(PLAIN)


def shipped(name: str) -> Voice:
    """A voice that ships with optreview."""
    return Voice(name, _shipped() / name)


def names() -> tuple[str, ...]:
    """The voices that ship with optreview."""
    return tuple(sorted(path.name for path in _shipped().iterdir() if path.is_dir()))


def _shipped() -> Path:
    return resources.templates() / "voices"
