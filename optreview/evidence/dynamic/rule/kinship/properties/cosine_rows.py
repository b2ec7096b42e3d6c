"""The cosine of the angle between the rows of two tensors."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class CosineRows(Property):
    """The cosine of the angle between the rows of two tensors."""

    text: ClassVar[str] = "sum[-1](x * y) / max(norm[-1](x) * norm[-1](y), 1e-8)"
    says: ClassVar[str] = "the cosine of the angle between the rows of two tensors"
