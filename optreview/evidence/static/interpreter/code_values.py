"""Values that stand for code: functions, classes, modules, and objects of helper classes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a helper class, with its attributes."""

    ref: ClassRef
    attributes: dict[str, Value] = field(default_factory=dict)
