"""What the figures of a class depend on: its file and what that imports, without importing anything.

A file of the project counts with its content, and so does every package that it lies in; an installed package
counts with its version. Only the names that a file imports are followed, so that a package that exports a
hundred classes does not tie all of them together.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import sys
from dataclasses import dataclass, field
from functools import cached_property
from importlib.machinery import SOURCE_SUFFIXES, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from optreview.gate.imports import Imports, imports
from optreview.versions import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.gate.imports import Import
    from optreview.records import Target
    from optreview.store import Store

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_TORCH = frozenset({"torch", "functorch", "torchgen"})


@dataclass(frozen=True)
class Closure:
    """What a class depends on.

    Attributes:
        files: Digests of the sources, by module.
        packages: Versions of what is installed, by the name it is imported under.
    """

    files: dict[str, str]
    packages: dict[str, str]


@dataclass(frozen=True)
class _Source:
    """A file that was read."""

    digest: str
    imports: Imports


class Closures:
    """Finds closures; a file that several classes need is read once.

    Args:
        store: Where to keep what files import, by their content; None to parse all of them.
        program: What tells this optreview and this Python from others, which may read a file otherwise.
    """

    def __init__(self, store: Store | None = None, program: Sequence[str] = ()) -> None:
        self._store = store
        self._program = tuple(program)
        self._read: dict[Path, _Source] = {}
        self._found: dict[tuple[str, tuple[str, ...], bool], Path | None] = {}

    def of(self, target: Target) -> Closure:
        """What one class depends on."""
        return _Walk(self, target).closure()

    def read(self, path: Path) -> _Source:
        """A file, and what it imports."""
        if path not in self._read:
            self._read[path] = self._source(path)
        return self._read[path]

    def _source(self, path: Path) -> _Source:
        try:
            content = path.read_bytes()
        except OSError:
            return _Source(ABSENT, Imports())
        digest = hashlib.sha256(content).hexdigest()
        if path.suffix not in SOURCE_SUFFIXES:
            return _Source(digest, Imports())
        return _Source(digest, self._imports(digest, content))

    def _imports(self, digest: str, content: bytes) -> Imports:
        """What a text imports, which is parsed once for all runs."""
        if self._store is None:
            return imports(content)
        key = hashlib.sha256(msgspec.json.encode(("imports", *self._program, digest))).hexdigest()
        known = self._store.get(key)
        if known is not None:
            with contextlib.suppress(msgspec.MsgspecError):
                return msgspec.json.decode(known, type=Imports)
        found = imports(content)
        self._store.put(key, msgspec.json.encode(found))
        return found

    def find(self, name: str, search: tuple[str, ...], *, anywhere: bool = True) -> Path | None:
        """The file of a module, where there is one; ``anywhere`` also where an editable install leads."""
        key = (name, search, anywhere)
        if key not in self._found:
            self._found[key] = _located(name, search, anywhere=anywhere)
        return self._found[key]

    @cached_property
    def distributions(self) -> dict[str, list[str]]:
        """Names of the distributions that are installed, by what is imported."""
        return dict(importlib.metadata.packages_distributions())


@dataclass
class _Walk:
    closures: Closures
    target: Target
    files: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    followed: set[Path] = field(default_factory=set)

    def closure(self) -> Closure:
        path = Path(self.target.path)
        self._ancestors(self.target.module)
        self._follow(self.target.module, path)
        return Closure(dict(sorted(self.files.items())), dict(sorted(self.packages.items())))

    @cached_property
    def _near(self) -> tuple[str, ...]:
        return (self.target.root, *self.target.search_path)

    @cached_property
    def _search(self) -> tuple[str, ...]:
        return (*self._near, *(entry or str(Path.cwd()) for entry in sys.path))

    def _follow(self, module: str, path: Path) -> None:
        """Take a file, and what it imports."""
        waiting = [(module, path)]
        while waiting:
            module, path = waiting.pop()
            if path in self.followed:
                continue
            self.followed.add(path)
            source = self.closures.read(path)
            self.files[module] = source.digest
            if source.imports.anything:
                self._everything(module)
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            for each in source.imports.found:
                waiting += self._wanted(each, package)

    def _wanted(self, wanted: Import, package: str) -> Iterator[tuple[str, Path]]:
        """The files to follow for an import; what is installed is noted."""
        name = _absolute(wanted, package)
        top = name.partition(".")[0]
        if not name or top in _TORCH or (top in sys.stdlib_module_names and not self._shadowed(top)):
            return
        home = self.closures.find(top, self._search)
        if home is None or self._installed(top, home):
            self.packages[top] = self._version(top)
            return
        self._ancestors(name)
        submodules = [f"{name}.{each}" for each in wanted.names]
        found = [(each, path) for each in submodules if (path := self.closures.find(each, self._search))]
        for each, _ in found:
            self._ancestors(each)
        yield from found
        path = self.closures.find(name, self._search)
        if path is not None and (not wanted.names or len(found) < len(wanted.names)):
            yield name, path

    def _shadowed(self, top: str) -> bool:
        """Whether a module of the project has the name of one of Python's own."""
        return self.closures.find(top, self._near, anywhere=False) is not None

    def _ancestors(self, module: str) -> None:
        """The packages that a module lies in run when it is imported; only their text counts."""
        parts = module.split(".")
        for length in range(1, len(parts) + 1):
            name = ".".join(parts[:length])
            path = self.closures.find(name, self._search)
            if path is not None:
                self.files.setdefault(name, self.closures.read(path).digest)

    def _everything(self, module: str) -> None:
        """All files of the package that a module is in."""
        top = self.closures.find(module.partition(".")[0], self._search)
        if top is not None and top.name == "__init__.py":
            for path in sorted(top.parent.rglob("*.py")):
                self.files[f"{module.partition('.')[0]}/{path.relative_to(top.parent)}"] = _digest(path)

    def _installed(self, top: str, home: Path) -> bool:
        return top != self.target.package and not _INSTALLED.isdisjoint(home.parts)

    def _version(self, top: str) -> str:
        names = self.closures.distributions.get(top)
        return importlib.metadata.version(names[0]) if names else ABSENT


def _absolute(wanted: Import, package: str) -> str:
    if not wanted.level:
        return wanted.module
    parts = package.split(".")
    base = parts[: len(parts) - (wanted.level - 1)] if wanted.level > 1 else parts
    return ".".join([*base, *([wanted.module] if wanted.module else [])])


def _located(name: str, search: Sequence[str], *, anywhere: bool) -> Path | None:
    places: Sequence[str] | None = search
    origin: str | None = None
    for length in range(1, name.count(".") + 2):
        part = ".".join(name.split(".")[:length])
        try:
            found = PathFinder.find_spec(part.rpartition(".")[2], places)  # no parent has been imported
            if found is None and length == 1 and anywhere:
                found = importlib.util.find_spec(part)  # what an editable install redirects
        except (ImportError, OSError, ValueError, AttributeError):
            return None
        if found is None:
            return None
        origin, places = found.origin, found.submodule_search_locations or ()
    return Path(origin).resolve() if origin and Path(origin).is_file() else None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ABSENT
