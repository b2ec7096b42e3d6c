"""Random numbers from the global generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading

_FUNCTIONS = frozenset(
    {
        "rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "bernoulli",
        "multinomial", "normal",
    }
)  # fmt: skip
_METHODS = frozenset({"normal_", "uniform_", "bernoulli_", "random_", "exponential_", "log_normal_"})


class RandomWithoutGenerator(Rule):
    """`step` draws random numbers from PyTorch's global generator.

    The draws depend on everything else that uses the generator, such as dropout and data loading, and change
    what those draw afterwards. `state_dict()` does not hold the generator, so a resumed run continues
    differently unless the training loop saves it.

    It is fine in training loops that save and restore the global state, as careful ones do.
    """

    severity = "info"
    effort = "small"
    remedy = "Take a `torch.Generator`, pass it as `generator=`, and save its state."
    flawed = (
        Flawed(
            """\
import torch

class Noisy(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(torch.randn_like(p))
                p.add_(torch.empty_like(p).normal_())
""",
            (8, 9),
        ),
    )
    clean = (
        """\
import torch

class Seeded(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, seed=0):
        super().__init__(params, dict(lr=lr))
        self.generator = torch.Generator().manual_seed(seed)
        self.start = torch.rand(3)

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(torch.randn(p.shape, generator=self.generator))
                p.add_(torch.empty_like(p).normal_(generator=self.generator))
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each draw that ``step`` reaches and that names no generator."""
        seen: set[object] = set()
        for event in reading.in_step("call", "in_place"):
            tail = event.name.rpartition(".")[2]
            drawn = tail in (_FUNCTIONS if event.kind == "call" else _METHODS)
            if drawn and event.node not in seen and not _named(event):
                seen.add(event.node)
                yield Hit.of(event, f"`{tail}` draws from the global generator{event.condition}.")


def _named(event: Event) -> bool:
    return isinstance(event.node, cst.Call) and any(
        argument.keyword is not None and argument.keyword.value == "generator" for argument in event.node.args
    )
