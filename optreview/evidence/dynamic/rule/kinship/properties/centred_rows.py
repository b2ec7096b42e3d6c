"""Every row without its mean."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class CentredRows(Property):
    """Every row without its mean."""

    text: ClassVar[str] = "x - mean[-1](x)"
    says: ClassVar[str] = "every row without its mean"
