"""One number, whatever it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch

from optreview.evidence.dynamic.rule.kinship.properties._inputs import hard
from optreview.evidence.dynamic.rule.kinship.properties._property import Found, Property

if TYPE_CHECKING:
    from optreview.evidence.dynamic.rule.kinship.properties._property import Block, Shapes


class Constant(Property):
    """One number, whatever it is given."""

    says: ClassVar[str] = "always {value:g}"

    def found(self, block: Block, shapes: Shapes) -> Found | None:
        """No distance: every element of every result is the number."""
        arguments = zip(*(hard(shape, index) for index, shape in enumerate(shapes)), strict=True)
        made = torch.cat([block(*(each.clone() for each in some)).flatten() for some in arguments])
        value = float(made[0])
        if not bool((made == value).all()) or not bool(torch.isfinite(made).all()):
            return None
        return Found(0.0, self.says.format(value=value), f"{value:.9g}")
