"""Every column over its norm."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class UnitColumns(Property):
    """Every column over its norm."""

    text: ClassVar[str] = "x / norm[0](x)"
    says: ClassVar[str] = "every column divided by its norm"
