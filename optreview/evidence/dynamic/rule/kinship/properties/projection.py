"""What is left of a tensor at right angles to another."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class Projection(Property):
    """What is left of a tensor at right angles to another."""

    text: ClassVar[str] = "x - y * sum(x * y) / sum(y * y)"
    says: ClassVar[str] = "the part at right angles to the second tensor"
