"""The files of one run: discovery and every reading share what was parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.source.files import contents
from optreview.evidence.static.source.modules import parsed
from optreview.evidence.static.source.parsing import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from optreview.evidence.static.source.modules import Module

#: Characters of source that are kept parsed. A tree takes about fifty bytes for each, so this is 400 MB.
_KEPT = 8_000_000


class Library:
    """Parses every file once, and forgets all of them together when they become too many.

    What is derived from a file points at nodes of other files. Forgetting single files would leave pointers
    to two parses of the same file, which compare as different.

    Args:
        instead: Contents to read in place of what is on disk, by path.
        share: So many processes keep files at the same time, each of them its share.
    """

    def __init__(self, instead: Mapping[str, bytes] | None = None, share: int = 1) -> None:
        self._kept = _KEPT // share
        self._instead = instead or {}
        self._modules: dict[tuple[str, str], Module | UnreadableError] = {}
        self._held = 0

    def open(self, name: str, path: Path, shown: str) -> Module:
        """Parse a file as the module ``name``; ``shown`` is what users read of its path.

        Raises:
            UnreadableError: The file is no readable Python source.
        """
        key = (name, str(path))
        known = self._modules.get(key)
        if known is None:
            known = self._modules[key] = self._opened(name, path, shown)
            self._held += len(known.code) if not isinstance(known, UnreadableError) else 0
        if isinstance(known, UnreadableError):
            raise known.again()
        return known

    def tidy(self) -> None:
        """Forget everything when too much is held; call this only between two readings."""
        if self._held > self._kept:
            self._modules.clear()
            self._held = 0

    def _opened(self, name: str, path: Path, shown: str) -> Module | UnreadableError:
        try:
            known = self._instead.get(str(path))
            return parsed(name, shown, contents(path) if known is None else known)
        except OSError as error:
            return UnreadableError(f"{shown} cannot be read: {error.strerror or error}.")
        except UnreadableError as error:
            return error.again()
