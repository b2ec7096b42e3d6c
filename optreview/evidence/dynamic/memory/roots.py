"""Where the reviewed package keeps what lasts longer than an optimizer: its modules and its classes.

Torch's own modules, and those of the standard library, are never looked into.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.memory.host import HostMemory
from optreview.evidence.dynamic.memory.walk import KEPT, Walk, inert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optreview.evidence.dynamic.memory.walk import Leaf


class Roots:
    """The modules and classes of the packages that a class and its bases come from.

    What they hold when this is made belongs to the import and is no optimizer's state.

    Attributes:
        tensors: The tensors that they hold then, kept alive so that their addresses stay theirs.
    """

    def __init__(self, cls: type) -> None:
        self._packages = {_top(base.__module__) for base in cls.__mro__} - _FOREIGN
        self._spaces = list(self._own_spaces())
        before = list(self._walk(Walk()))
        self.tensors = [leaf.value for leaf in before if isinstance(leaf.value, KEPT)]
        self._blocks = {id(leaf.value.owner): leaf for leaf in before if isinstance(leaf.value, HostMemory)}
        self._numbers: Counter[str] = Counter()
        for leaf in before:
            self._numbers[leaf.path] += leaf.alike

    def leaves(self, walk: Walk) -> Iterator[Leaf]:
        """What the modules and classes have come to hold since, less what the walk has seen."""
        numbers = self._numbers.copy()
        for leaf in self._walk(walk):
            if isinstance(leaf.value, HostMemory):
                if id(leaf.value.owner) not in self._blocks:
                    yield leaf
            elif isinstance(leaf.value, KEPT):
                yield leaf
            elif leaf.alike > numbers[leaf.path]:
                yield leaf._replace(alike=leaf.alike - numbers.pop(leaf.path, 0))
            else:
                numbers[leaf.path] -= leaf.alike

    def _walk(self, walk: Walk) -> Iterator[Leaf]:
        yield from walk.named(self._globals())
        yield from walk.code()

    def _own_modules(self) -> Iterator[ModuleType]:
        folders = {_folder(sys.modules[name]) for name in self._packages if name in sys.modules}
        for name, module in sorted(sys.modules.items()):
            top = _top(name)
            if isinstance(module, ModuleType) and top not in _FOREIGN:
                beside = name == top and _folder(module) in folders - {None}
                if top in self._packages or beside:
                    yield module

    def _globals(self) -> Iterator[tuple[str, object]]:
        for space in self._spaces:
            yield from space.open()

    def _own_spaces(self) -> Iterator[_Space]:
        """The variables of every module and class, and those among them that need no second look."""
        classes: dict[type, None] = {}
        for module in self._own_modules():
            yield _Space(f"module {module.__name__}", vars(module))
            classes.update({each: None for each in vars(module).values() if isinstance(each, type)})
        for cls in classes:
            if _top(cls.__module__) in self._packages:
                yield _Space(f"class {cls.__qualname__}", vars(cls))


class _Space:
    """The variables of a module or a class, and those among them that need no second look.

    These cannot come to hold anything unless they are set anew, which hardly any variable ever is: whether
    all are the same objects still is asked first.
    """

    def __init__(self, name: str, variables: Mapping[str, object]) -> None:
        self._name, self._variables = name, variables
        self._fixed = {k: v for k, v in variables.items() if k.startswith("__") or inert(v)}
        self._names, self._ids = list(variables), list(map(id, variables.values()))
        self._open = [name for name in variables if name not in self._fixed]

    def open(self) -> Iterator[tuple[str, object]]:
        """The variables that may hold something, each with its path."""
        variables, names = self._variables, self._open
        if list(map(id, variables.values())) != self._ids or list(variables) != self._names:
            names = [name for name, value in variables.items() if self._fixed.get(name, self) is not value]
        for name in names:
            if name in variables:  # looking at one may have removed another
                yield f"{self._name}: {name}", variables[name]


_FOREIGN = frozenset({"torch", *sys.stdlib_module_names})


def _top(name: str) -> str:
    return name.partition(".")[0]


def _folder(module: ModuleType) -> Path | None:
    """The folder of a module that is a file of its own; a package has none."""
    file = getattr(module, "__file__", None)
    return Path(file).parent if file and not hasattr(module, "__path__") else None
