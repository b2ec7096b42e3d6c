"""Every kind of weight decay."""

from __future__ import annotations

from typing import Any

import torch


class Decoupled(torch.optim.AdamW):
    expected = "decoupled"


class Coupled(torch.optim.Adam):
    expected = "coupled"


class InMomentum(torch.optim.SGD):
    """In the first step it looks decoupled; the buffer tells."""

    expected = "coupled"

    def __init__(self, params: Any, weight_decay: float = 0.0) -> None:
        super().__init__(params, lr=0.1, momentum=0.9, weight_decay=weight_decay)


class Either(torch.optim.SGD):
    expected = "equivalent"


class Parting(torch.optim.SGD):
    """A little of every earlier gradient comes again: three steps do not tell, twelve do."""

    expected = "coupled"

    def __init__(self, params: Any, weight_decay: float = 0.0) -> None:
        super().__init__(params, lr=1e-3, weight_decay=weight_decay)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad + group["weight_decay"] * p
                earlier = self.state[p].get("sum", 0)
                p.sub_(grad + 0.02 * earlier, alpha=group["lr"])
                self.state[p]["sum"] = earlier + grad


class Meeting(torch.optim.SGD):
    """Decay in the gradient would fall behind, be as far after the third step, and then go ahead."""

    expected = "decoupled"

    def __init__(self, params: Any, weight_decay: float = 0.0) -> None:
        super().__init__(params, lr=1e-3)
        for group in self.param_groups:
            group |= {"weight_decay": weight_decay}

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(1 - group["lr"] * group["weight_decay"])
                state = self.state[p]
                state["buffer"] = 0.9 * state.get("buffer", 0) + 0.535 * p.grad
                p.sub_(state["buffer"], alpha=group["lr"])


class TooLate(torch.optim.SGD):
    """With decay switched into the gradient, it comes there after the weights have moved."""

    expected = "decoupled"

    def __init__(
        self, params: Any, weight_decay: float = 0.0, decoupled: bool = True, late: bool = True
    ) -> None:
        super().__init__(params, lr=0.1, momentum=0.9)
        self.decoupled, self.late = decoupled, late
        for group in self.param_groups:
            group["weight_decay"] = weight_decay

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            decay, group["weight_decay"] = group["weight_decay"], 0.0
            for p in group["params"]:
                if self.decoupled:
                    p.mul_(1 - group["lr"] * decay)
                elif not self.late:
                    p.grad.add_(p, alpha=decay)
            super().step(closure)
            for p in group["params"]:
                p.grad.add_(p, alpha=decay)
            group["weight_decay"] = decay


class Towards(torch.optim.SGD):
    """It takes the same amount off every weight, whatever its size: what L1 does."""

    expected = "other"

    def __init__(self, params: Any, weight_decay: float = 0.0) -> None:
        super().__init__(params, lr=0.1)
        for group in self.param_groups:
            group["weight_decay"] = weight_decay

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            decay, group["weight_decay"] = group["weight_decay"], 0.0
            for p in group["params"]:
                p.sub_(p.sign(), alpha=group["lr"] * decay)
            super().step(closure)
            group["weight_decay"] = decay


class Ignored(torch.optim.SGD):
    expected = "none"

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        held = [group["weight_decay"] for group in self.param_groups]
        for group in self.param_groups:
            group["weight_decay"] = 0.0
        super().step(closure)
        for group, decay in zip(self.param_groups, held, strict=True):
            group["weight_decay"] = decay


class FromConstructor(torch.optim.SGD):
    """The decay of the constructor is used, whatever the groups say."""

    expected = "not-in-groups"

    def __init__(self, params: Any, weight_decay: float = 0.0) -> None:
        super().__init__(params, lr=0.1, weight_decay=weight_decay)

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        shown = [group["weight_decay"] for group in self.param_groups]
        for group in self.param_groups:
            group["weight_decay"] = self.defaults["weight_decay"]
        super().step(closure)
        for group, decay in zip(self.param_groups, shown, strict=True):
            group["weight_decay"] = decay


class WithoutIt(torch.optim.Rprop):
    expected = "not-applicable"
