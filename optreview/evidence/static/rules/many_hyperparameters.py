"""Too many knobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading

#: Adam of torch.optim, the most complete of the customary optimizers, has ten.
_MOST = 12


class ManyHyperparameters(Rule):
    """The constructor takes more than twelve hyperparameters.

    Nobody can tune that many, and each one multiplies the combinations that would have to be tested. Often
    several optimizers live in one class.

    It is fine when most of them select an implementation and do not change the result.
    """

    severity = "info"
    effort = "large"
    remedy = "Fix the ones that nobody changes, or split variants into classes."
    flawed = (
        Flawed(
            """\
import torch

class Many(torch.optim.Optimizer):
    def __init__(self, params, a=1, b=1, c=1, d=1, e=1, f=1, g=1, h=1, i=1, j=1, k=1, l=1, m=1):
        super().__init__(params, {})
""",
            (4,),
        ),
    )
    clean = (
        """\
import torch

class Twelve(torch.optim.Optimizer):
    def __init__(self, params, a=1, b=1, c=1, d=1, e=1, f=1, g=1, h=1, i=1, j=1, k=1, l=1):
        super().__init__(params, {})
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at the constructor."""
        constructor, count = reading.signature.constructor, len(reading.signature.parameters)
        if constructor is not None and count > _MOST:
            place = constructor.owner.module.location(constructor.node.name)
            yield Hit(place, f"The constructor takes {count} hyperparameters.")
