"""Python 2's super."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class SuperWithArguments(Rule):
    """`super(Class, self)` is written out as Python 2 needed it.

    The name in it is wrong as soon as the class is renamed or copied, and then skips or repeats a
    constructor. Plain `super()` means the same.
    """

    severity = "info"
    effort = "trivial"
    remedy = "Write `super()`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super(Plain, self).__init__(params, dict(lr=lr))
""",
            (5,),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each call in the class's own module."""
        for event in reading.of("super"):
            if reading.own(event):
                yield Hit.of(event, f"`super({event.name}, …)` can be plain `super()`.")
