"""Values that the constructor does not check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts import validations
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading

_EXPECTED = frozenset({"lr", "betas", "beta1", "beta2", "eps", "weight_decay"})


class HyperparameterUnvalidated(Rule):
    """The constructor accepts any value of a hyperparameter that has an obvious range.

    A negative learning rate or a decay rate of 1.5 trains without a word and diverges; every optimizer of
    torch.optim rejects such values with a ValueError. Only `lr`, `betas`, `eps` and `weight_decay` are looked
    at.
    """

    severity = "info"
    effort = "trivial"
    remedy = "Raise a `ValueError` for values out of range, as torch.optim does."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(
        self,
        params,
        lr=1e-3,
        eps=1e-8,
    ):
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, dict(lr=lr, eps=eps))
""",
            (8,),
        ),
    )
    clean = (
        """\
import torch

def check(value, name):
    if value < 0.0:
        raise ValueError(f"{name} must not be negative")

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        check(lr, "lr")
        for beta in betas:
            if not 0.0 <= beta < 1.0:
                raise ValueError("betas must be in [0, 1)")
        assert eps >= 0.0
        check(weight_decay, "weight_decay")
        super().__init__(params, dict(lr=lr))
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each of the usual hyperparameters that no check reads; silent below an unread base."""
        if reading.lineage.unread():
            return
        checked = validations(reading)
        for entry in reading.signature.parameters:
            if entry.name in _EXPECTED and entry.numeric and entry.name not in checked:
                yield Hit(entry.location, f"The constructor accepts any value of `{entry.name}`.")
