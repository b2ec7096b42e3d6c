"""The norm of all elements."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class Norm(Property):
    """The norm of all elements."""

    text: ClassVar[str] = "norm(x)"
    says: ClassVar[str] = "the norm"
