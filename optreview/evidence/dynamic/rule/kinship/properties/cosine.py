"""The cosine of the angle between two tensors."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class Cosine(Property):
    """The cosine of the angle between two tensors."""

    text: ClassVar[str] = "sum(x * y) / max(norm(x) * norm(y), 1e-8)"
    says: ClassVar[str] = "the cosine of the angle between two tensors"
