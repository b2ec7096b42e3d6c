"""A tensor over its norm."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class Unit(Property):
    """A tensor over its norm."""

    text: ClassVar[str] = "x / norm(x)"
    says: ClassVar[str] = "the direction: divided by the norm"
