"""An inverse root of a symmetric matrix."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import torch

from optreview.evidence.dynamic.rule.kinship.properties._inputs import symmetric
from optreview.evidence.dynamic.rule.kinship.properties._property import Found, Property

if TYPE_CHECKING:
    from optreview.evidence.dynamic.rule.kinship.properties._property import Block, Shapes

_OUTSIDE, _NEAR = 1e-3, 0.02


class InverseRoot(Property):
    """A^(-1/n) of a positive matrix: its eigenvalues are raised to that power, and its vectors stay."""

    says: ClassVar[str] = "A^(-1/{root}) of a positive matrix"

    def found(self, block: Block, shapes: Shapes) -> Found | None:
        """The largest relative distance of an eigenvalue from where that power brings it."""
        if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][0] != shapes[0][1] or shapes[0][0] < 2:
            return None
        matrix, vectors, values = symmetric(shapes[0][0], torch.Generator().manual_seed(5))
        made = block(matrix.clone())
        if made.shape != matrix.shape or not bool(torch.isfinite(made).all()):
            return None
        inner = (vectors.T @ made @ vectors).diagonal()
        outside = (made - vectors * inner @ vectors.T).norm() / made.norm()
        if float(outside) > _OUTSIDE or not bool((inner > 0).all()):
            return None
        slope = math.log(float(inner[0] / inner[-1])) / math.log(float(values[0] / values[-1]))
        root = round(-1 / slope) if slope < 0 else 0
        if root < 1:
            return None
        worst = float((inner / values ** (-1 / root) - 1).abs().max())
        return Found(worst, self.says.format(root=root)) if worst < _NEAR else None
