"""The learning rate, frozen at construction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.values import origins
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading

_RATES = frozenset({"lr", "learning_rate"})


class LrReadInConstructor(Rule):
    """`step` uses a value that the constructor computed from the learning rate.

    Learning rate schedulers change `group["lr"]`. What the constructor derived from the rate keeps the value
    of the first one, for all groups.

    It is fine when the first learning rate is meant, as a reference that later ones are compared with.
    """

    severity = "warning"
    effort = "small"
    remedy = 'Compute it from `group["lr"]` in `step`.'
    flawed = (
        Flawed(
            """\
import torch

class Frozen(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, decay=0.1):
        super().__init__(params, dict(lr=lr))
        self.shrink = 1.0 - lr * decay
        self.lr = lr

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(self.shrink).add_(p.grad, alpha=-self.lr)
""",
            (6, 7),
        ),
    )
    clean = (
        """\
import torch

class Read(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, decay=0.1):
        super().__init__(params, dict(lr=lr, decay=decay))
        self.note = f"started with {lr}"

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(1.0 - group["lr"] * group["decay"]).add_(p.grad, alpha=-group["lr"])
""",
        """\
import torch

class Compared(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
        self.initial_lr = lr

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(group["lr"] / self.initial_lr)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each attribute that is computed from the rate and read in ``step``."""
        used = reading.carried()
        followed = bool(reading.names("group", "step") & (_RATES | {"*"}))
        for event in reading.of("attribute", entry="__init__"):
            rates = origins(event.value)[0] & _RATES
            if rates and event.name in used and not (followed and _reference(event.name)):
                message = f"`self.{event.name}` keeps the first learning rate; schedulers do not reach it."
                yield Hit.of(event, message, "likely")


def _reference(name: str) -> bool:
    """Names that say that the first rate is meant."""
    return any(word in name for word in ("init", "base", "start", "first", "default", "max"))
