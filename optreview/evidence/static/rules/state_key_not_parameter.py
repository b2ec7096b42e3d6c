"""State under a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class StateKeyNotParameter(Rule):
    """`self.state` gets an entry whose key is not a parameter.

    `self.state` maps parameters to their state. Tools that translate it by parameter, such as
    `torch.distributed.checkpoint.state_dict.get_optimizer_state_dict`, fail on a key that is none, and code
    that loops over `state.values()` meets something that is not a dictionary.

    It is fine when the optimizer is only ever saved with plain `state_dict()`, which keeps such entries.
    """

    severity = "warning"
    effort = "small"
    remedy = "Keep the value in the parameter group, or in the state of each parameter."
    flawed = (
        Flawed(
            """\
import torch

class Counted(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
        self.state["step"] = 0

    @torch.no_grad()
    def step(self, closure=None):
        self.state["step"] += 1
""",
            (6,),
        ),
    )
    clean = (
        """\
import torch

class Counted(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            group["step"] = group.get("step", 0) + 1
            for p in group["params"]:
                state = self.state[p]
                state["step"] = 1
                self.state[p]["average"] = torch.zeros_like(p)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each such key, at the first place that writes it."""
        seen: set[str] = set()
        for event in sorted(reading.of("global_write"), key=lambda event: event.location):
            if event.name not in seen:
                seen.add(event.name)
                yield Hit.of(event, f"`self.state` gets the key `{event.name}`, which is no parameter.")
