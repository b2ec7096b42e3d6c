"""Values that stand for code: functions, classes, modules, and objects of helper classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.watch import Watched

if TYPE_CHECKING:
    from collections.abc import Mapping as Readonly

    import libcst as cst

    from optreview.evidence.static.interpreter.values import Value
    from optreview.evidence.static.source.modules import ClassRef, Module


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something outside the package, by dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module of the package."""

    module: Module


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class of the package, as a callable."""

    ref: ClassRef


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the package; ``scope`` holds the variables it closes over."""

    module: Module
    node: cst.FunctionDef | cst.Lambda
    owner: ClassRef | None = None
    bound: Value | None = None
    scope: dict[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class BoundMethod:
    """A method of a value that tables model, such as ``tensor.add_`` or ``list.append``."""

    receiver: Value
    name: str
    node: cst.CSTNode


@dataclass(frozen=True, slots=True)
class Super:
    """``super()`` inside a method of ``owner``."""

    owner: ClassRef
    receiver: Value


class Instance(Watched):
    """An object of a helper class, with its attributes."""

    __slots__ = ("_attributes", "ref")

    def __init__(self, ref: ClassRef) -> None:
        super().__init__()
        self.ref = ref
        self._attributes: dict[str, Value] = {}

    @property
    def attributes(self) -> Readonly[str, Value]:
        """Its attributes by name."""
        self.look()
        return self._attributes

    def known(self, name: str) -> Value:
        """What an attribute holds, for it to be widened; that is no reading."""
        return self._attributes.get(name, frozenset())

    def assign(self, name: str, value: Value) -> None:
        """Give an attribute another value."""
        changed = self._attributes.get(name) != value
        self._attributes[name] = value
        self.touch(changed=changed)

    def alternatives(self) -> Value:
        """An object holds nothing that could be looked up without a name."""
        return frozenset()
