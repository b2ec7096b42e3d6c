"""The nearest orthogonal matrix, as an iteration reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch

from optreview.evidence.dynamic.rule.kinship.properties._inputs import singular
from optreview.evidence.dynamic.rule.kinship.properties._property import Found, Property

if TYPE_CHECKING:
    from optreview.evidence.dynamic.rule.kinship.properties._property import Block, Shapes

#: Singular values above this share of the norm are looked at: iterations have not reached others.
_SHARE = 0.05
#: How much of the result may lie outside the singular vectors, how far its singular values may be from one.
_OUTSIDE, _NEAR = 1e-3, 0.4
_LARGER = 8.0


class Orthogonalised(Property):
    """UVᵀ for UΣVᵀ: the singular values become one, times a number, and the vectors stay."""

    says: ClassVar[str] = "UVᵀ of its singular value decomposition"

    def found(self, block: Block, shapes: Shapes) -> Found | None:
        """The largest distance of a singular value from the middle one."""
        if len(shapes) != 1 or len(shapes[0]) != 2 or min(shapes[0]) < 2:
            return None
        generator = torch.Generator().manual_seed(3)
        worst = 0.0
        for condition in (1.0, 0.2, 1e-2, 1e-6):
            matrix, left, values, right = singular(shapes[0], condition, generator)
            made = block(matrix.clone())
            if made.shape != matrix.shape or not bool(torch.isfinite(made).all()):
                return None
            inner = left.T @ made @ right
            outside = (made - left * inner.diagonal() @ right.T).norm() / made.norm()
            changed = (block(_LARGER * matrix) - made).norm() / made.norm()
            if max(float(outside), float(changed)) > _OUTSIDE:
                return None
            reached = inner.diagonal()[values > _SHARE * values.norm()]
            middle = float((reached.max() + reached.min()) / 2)
            if not middle:
                return None
            worst = max(worst, float((reached / middle - 1).abs().max()))
        if not worst < _NEAR:
            return None
        near = "" if worst < 1e-6 else f", singular values within {worst:.0%} of each other's middle"
        return Found(worst, f"{self.says}{near}")
