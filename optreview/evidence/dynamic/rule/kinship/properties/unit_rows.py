"""Every row over its norm."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class UnitRows(Property):
    """Every row over its norm."""

    text: ClassVar[str] = "x / norm[-1](x)"
    says: ClassVar[str] = "every row divided by its norm"
