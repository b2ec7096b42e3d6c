"""A tensor without its mean."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class Centred(Property):
    """A tensor without its mean."""

    text: ClassVar[str] = "x - mean(x)"
    says: ClassVar[str] = "without its mean"
