"""Models of one kind and many sizes, one family a file: what fits a machine is looked for among them.

A module has a ``TITLE`` and ``members()``, which yields each model's name and its parameters' names and
shapes, the smallest model first. Only how many tensors there are of each shape is kept.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import NamedTuple

from optreview import plugins

Shape = tuple[int, ...]


class Member(NamedTuple):
    """One size: its name, and how many of its tensors have which shape."""

    title: str
    shapes: tuple[tuple[Shape, int], ...]


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
    (module,) = (m for m in plugins.modules(__name__) if m.__name__.rpartition(".")[2] == name)
    members = (
        Member(title, tuple(sorted(Counter(shape for _, shape in tensors).items())))
        for title, tensors in module.members()
    )
    return Family(module.TITLE, tuple(members))
