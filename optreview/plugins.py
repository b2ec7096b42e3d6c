"""Things found by where they lie: a folder holds one thing a file, and the file's name is the thing's id.

There is no list to keep. A new rule, protocol or probe is a new file; a file whose name starts with an
underscore, and a package, belongs to the folder itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")


def ids(package: str | ModuleType) -> tuple[str, ...]:
    """The sorted ids of a folder's things, found without importing any of them."""
    found = pkgutil.iter_modules(_package(package).__path__)
    return tuple(sorted(m.name for m in found if not m.ispkg and not m.name.startswith("_")))


def modules(package: str | ModuleType) -> tuple[ModuleType, ...]:
    """The modules of a folder, imported, in the order of their ids."""
    name = _package(package).__name__
    return tuple(importlib.import_module(f"{name}.{each}") for each in ids(package))


def classes(package: str | ModuleType, base: type[T]) -> tuple[type[T], ...]:
    """The one class of each module that is defined there and derives from ``base``, in the order of ids.

    Raises:
        TypeError: A module defines none, or more than one.
    """
    return tuple(_only_class(module, base) for module in modules(package))


def _only_class(module: ModuleType, base: type[T]) -> type[T]:
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__
    ]
    if len(own) != 1:
        raise TypeError(f"{module.__name__} must define exactly one {base.__name__}, and defines {len(own)}")
    return own[0]


def _package(package: str | ModuleType) -> ModuleType:
    return importlib.import_module(package) if isinstance(package, str) else package


class Documented:
    """A thing that is one class in a file of its own: named by the file, explained by its docstring."""

    @property
    def id(self) -> str:
        """The file's name."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def documentation(self) -> str:
        """The docstring, dedented: what ``optreview explain`` shows."""
        lines = (type(self).__doc__ or "").strip().splitlines()
        return "\n".join(line.removeprefix("    ") for line in lines)

    @property
    def title(self) -> str:
        """The docstring's first line, which stands for the thing in a list."""
        return self.documentation.partition("\n")[0]
