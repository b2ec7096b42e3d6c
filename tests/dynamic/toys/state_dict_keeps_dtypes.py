"""State that survives a checkpoint as it is, and state that ``load_state_dict`` changes."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Descends


class AsParameters(torch.optim.Adam):
    """Moments as the parameters are; ``step`` is float32 whatever they are, and torch leaves it alone."""

    expected = "pass"


class Stateless(torch.optim.SGD):
    expected = "not-applicable"


class WithMaster(Descends):
    """A float32 copy of bfloat16 parameters, which loading rounds."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["master"] = p.float()
        state["master"].sub_(grad.float(), alpha=group["lr"])
        p.copy_(state["master"])


class PutsBack(WithMaster):
    """A decoy: it keeps another dtype, and restores it after loading."""

    expected = "pass"

    def load_state_dict(self, state_dict: Any) -> None:
        super().load_state_dict(state_dict)
        for index, p in enumerate(p for group in self.param_groups for p in group["params"]):
            self.state[p]["master"] = state_dict["state"][index]["master"].clone()


class HalfMomentum(Descends):
    """bfloat16 momentum of float32 parameters, which loading makes twice as large."""

    expected = "fail"

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["momentum"] = torch.zeros_like(p, dtype=torch.bfloat16)
        state["momentum"].mul_(0.9).add_(grad.bfloat16())
        p.sub_(state["momentum"].to(p.dtype), alpha=group["lr"])


class NeverLoads(torch.optim.Adam):
    expected = "errored"

    def load_state_dict(self, state_dict: Any) -> None:
        raise KeyError("version")
