"""Models of one kind and many sizes, one family a file: what fits a machine is looked for among them.

A module has a ``TITLE`` and ``members()``, which yields each model's name and its parameters' names and
shapes, the smallest model first. Only how many tensors there are of each shape is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from optreview import plugins
from optreview.records import ModelShapes, ModelTensor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from optreview.records.scale import Dtype

Shape = tuple[int, ...]


class Member(NamedTuple):
    """One size: its name, how many of its tensors have which shape, and how large are those that follow."""

    title: str
    shapes: tuple[tuple[Shape, int], ...]
    neighbours: tuple[tuple[int, int], ...]


class Family(NamedTuple):
    """A family, small to large."""

    title: str
    members: tuple[Member, ...]


def names() -> tuple[str, ...]:
    """Every family."""
    return plugins.ids(__name__)


@cache
def family(name: str) -> Family:
    """The family of that name, which there is."""
    module = _module(name)
    members = (_member(title, tuple(shape for _, shape in tensors)) for title, tensors in module.members())
    return Family(module.TITLE, tuple(members))


def _member(title: str, shapes: tuple[Shape, ...]) -> Member:
    return Member(title, tuple(sorted(Counter(shapes).items())), neighbours(shapes))


def neighbours(shapes: Iterable[Shape]) -> tuple[tuple[int, int], ...]:
    """Elements of every tensor and of the one before it, which is nothing at first; each pair once."""
    sizes = [prod(shape) for shape in shapes]
    return tuple(sorted(set(zip(sizes, [0, *sizes[:-1]], strict=True))))


def member(name: str, title: str, dtype: Dtype) -> ModelShapes:
    """A member as something to simulate on."""
    tensors = next(tensors for each, tensors in _module(name).members() if each == title)
    return ModelShapes(
        name=f"{name}:{re.sub(r'[^a-z0-9.]+', '-', title.lower())}",
        title=title,
        tensors=tuple(ModelTensor(name=n, shape=shape, dtype=dtype) for n, shape in tensors),
    )


def is_member(model: str) -> bool:
    """Whether the name of a model is that of a member, which was simulated for its size alone."""
    return model.partition(":")[0] in names() and ":" in model


def _module(name: str) -> ModuleType:
    (module,) = (m for m in plugins.modules(__name__) if m.__name__.rpartition(".")[2] == name)
    return module
