"""Which classes of a baseline some targets speak for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview import targets

if TYPE_CHECKING:
    from collections.abc import Sequence


class Scope:
    """Which classes of a baseline the targets speak for, so that what is gone can be told from what is not.

    Args:
        specs: The targets as they were named.
        whole: They are all that the project has.
    """

    def __init__(self, specs: Sequence[str], *, whole: bool) -> None:
        self._whole = whole
        self._modules: set[str] = set()
        self._classes: set[str] = set()
        self._packages: set[str] = set()
        for spec in specs:
            found = targets.resolve(spec)
            self._classes |= {f"{each.module}:{each.class_name}" for each in found if each.class_name}
            modules = [each.module for each in found if not each.class_name]
            self._modules |= set(modules)
            if len(modules) > 1 and (package := _common(modules)):
                self._packages.add(package)

    def holds(self, name: str) -> bool:
        """Whether a class of this name would have been found if it were still there."""
        module = name.rpartition(":")[0]
        inside = any(f"{module}.".startswith(f"{package}.") for package in self._packages)
        return self._whole or inside or module in self._modules or name in self._classes


def _common(modules: Sequence[str]) -> str:
    """The package that all of them are in; empty for files that are in none."""
    shared: list[str] = []
    for parts in zip(*(module.split(".") for module in modules), strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return ".".join(shared)
