"""The sign of every element."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class Sign(Property):
    """The sign of every element."""

    text: ClassVar[str] = "sign(x)"
    says: ClassVar[str] = "the sign of every element"
