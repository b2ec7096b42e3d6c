"""Known optimizers written in other words."""

from __future__ import annotations

import math
from typing import Any

import torch


class _Each(torch.optim.Optimizer):
    """Steps each parameter by itself."""

    @torch.no_grad()
    def step(self, closure: object = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state = self.state[p]
                    if not state:
                        self.begin(p, state)
                    state["k"] = state.get("k", 0) + 1
                    self.one(p, p.grad, state, group)

    def begin(self, p: torch.Tensor, state: dict[str, Any]) -> None:
        state["a"], state["b"] = torch.zeros_like(p), torch.zeros_like(p)

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        raise NotImplementedError


class _Moments(_Each):
    def __init__(
        self, params: Any, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})


class Renamed(_Each):
    """Adam, with names that say nothing."""

    def __init__(
        self, params: Any, rate: float = 1e-3, fade: float = 0.9, spread: float = 0.999, floor: float = 1e-8
    ) -> None:
        super().__init__(params, {"rate": rate, "fade": fade, "spread": spread, "floor": floor})

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        s["a"].mul_(o["fade"]).add_(g, alpha=1 - o["fade"])
        s["b"].mul_(o["spread"]).addcmul_(g, g, value=1 - o["spread"])
        first = s["a"] / (1 - o["fade"] ** s["k"])
        second = s["b"] / (1 - o["spread"] ** s["k"])
        p.addcdiv_(first, second.sqrt().add_(o["floor"]), value=-o["rate"])


class Reordered(_Moments):
    """Adam: second moment first, and the corrections as one factor on the step."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["b"].mul_(b2).addcmul_(g, g, value=1 - b2)
        root = math.sqrt(1 - b2 ** s["k"])
        below = s["b"].sqrt().add_(o["eps"] * root)
        s["a"].mul_(b1).add_(g, alpha=1 - b1)
        p.sub_(s["a"] / below * (o["lr"] * root / (1 - b1 ** s["k"])))


class Rescaled(_Moments):
    """Adam: sums instead of means, and the factor that is missing in them in the step."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["a"].mul_(b1).add_(g)
        s["b"].mul_(b2).addcmul_(g, g)
        first = s["a"] * ((1 - b1) / (1 - b1 ** s["k"]))
        second = s["b"] * ((1 - b2) / (1 - b2 ** s["k"]))
        p.sub_(o["lr"] * first / (second.sqrt() + o["eps"]))


class Debiased(_Moments):
    """Adam: means that are right from the first step on, by a weight that falls."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["a"].lerp_(g, (1 - b1) / (1 - b1 ** s["k"]))
        s["b"].lerp_(g * g, (1 - b2) / (1 - b2 ** s["k"]))
        p.sub_(o["lr"] * s["a"] / (s["b"].sqrt() + o["eps"]))


class Packed(_Moments):
    """Adam: both moments in one tensor."""

    def begin(self, p: torch.Tensor, state: dict[str, Any]) -> None:
        state["buf"] = torch.zeros(2, *p.shape, dtype=p.dtype)

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["buf"][0].mul_(b1).add_(g, alpha=1 - b1)
        s["buf"][1].mul_(b2).addcmul_(g, g, value=1 - b2)
        first = s["buf"][0] / (1 - b1 ** s["k"])
        second = s["buf"][1] / (1 - b2 ** s["k"])
        p.sub_(o["lr"] * first / (second.sqrt() + o["eps"]))


class Listed(_Moments):
    """Adam: on lists of tensors."""

    @torch.no_grad()
    def step(self, closure: object = None) -> None:  # type: ignore[override]
        for o in self.param_groups:
            ps = [p for p in o["params"] if p.grad is not None]
            gs = [p.grad for p in ps]
            for p in ps:
                if not self.state[p]:
                    self.begin(p, self.state[p])
                    self.state[p]["k"] = 0
                self.state[p]["k"] += 1
            k = self.state[ps[0]]["k"]
            b1, b2 = o["betas"]
            a, b = [self.state[p]["a"] for p in ps], [self.state[p]["b"] for p in ps]
            torch._foreach_lerp_(a, gs, 1 - b1)
            torch._foreach_mul_(b, b2)
            torch._foreach_addcmul_(b, gs, gs, 1 - b2)
            below = torch._foreach_div(b, 1 - b2**k)
            torch._foreach_sqrt_(below)
            torch._foreach_add_(below, o["eps"])
            torch._foreach_addcdiv_(ps, a, below, -o["lr"] / (1 - b1**k))


class Signs(_Each):
    """Lion, its interpolation written from the difference."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        mixed = s["a"] + (1 - o["betas"][0]) * (g - s["a"])
        p.mul_(1 - o["lr"] * o["weight_decay"])
        p.sub_(torch.sign(mixed), alpha=o["lr"])
        s["a"].add_(g - s["a"], alpha=1 - o["betas"][1])


class Lagged(_Moments):
    """SGD with momentum, which keeps the last parameter and no buffer."""

    def begin(self, p: torch.Tensor, state: dict[str, Any]) -> None:
        state["last"] = p.clone()

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        ahead = p - o["lr"] * g + o["betas"][0] * (p - s["last"])
        s["last"].copy_(p)
        p.copy_(ahead)


class Absolute(_Moments):
    """Not Adam: the second mean is of the size, not of the square."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["a"].lerp_(g, 1 - b1)
        s["b"].lerp_(g.abs(), 1 - b2)
        p.sub_(o["lr"] * (s["a"] / (1 - b1 ** s["k"])) / (s["b"] / (1 - b2 ** s["k"]) + o["eps"]))


class Rootless(_Moments):
    """Not Adam: the root is missing."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["a"].lerp_(g, 1 - b1)
        s["b"].lerp_(g * g, 1 - b2)
        p.sub_(o["lr"] * (s["a"] / (1 - b1 ** s["k"])) / (s["b"] / (1 - b2 ** s["k"]) + o["eps"]))


class Late(_Moments):
    """Not Adam: its corrections count a step too many."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["a"].lerp_(g, 1 - b1)
        s["b"].lerp_(g * g, 1 - b2)
        k = s["k"] + 1
        p.sub_(o["lr"] * (s["a"] / (1 - b1**k)) / ((s["b"] / (1 - b2**k)).sqrt() + o["eps"]))


class Swapped(_Moments):
    """Not Adam: the first mean keeps what the second should."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["a"].mul_(b1).sub_(g, alpha=1 - b1)
        s["b"].lerp_(g * g, 1 - b2)
        p.sub_(o["lr"] * (s["a"] / (1 - b1 ** s["k"])) / ((s["b"] / (1 - b2 ** s["k"])).sqrt() + o["eps"]))


class Inside(_Moments):
    """Adam but for eps, which is inside the root."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["a"].lerp_(g, 1 - b1)
        s["b"].lerp_(g * g, 1 - b2)
        p.sub_(o["lr"] * (s["a"] / (1 - b1 ** s["k"])) / (s["b"] / (1 - b2 ** s["k"]) + o["eps"]).sqrt())


class Uncorrected(_Moments):
    """Not Adam: nothing corrects the start."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["a"].lerp_(g, 1 - b1)
        s["b"].lerp_(g * g, 1 - b2)
        p.sub_(o["lr"] * s["a"] / (s["b"].sqrt() + o["eps"]))


class Exchanged(_Moments):
    """Not Adam: each mean has the other's decay."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b2, b1 = o["betas"]
        s["a"].lerp_(g, 1 - b1)
        s["b"].lerp_(g * g, 1 - b2)
        p.sub_(o["lr"] * (s["a"] / (1 - b1 ** s["k"])) / ((s["b"] / (1 - b2 ** s["k"])).sqrt() + o["eps"]))


class Largest(_Moments):
    """Not Adam: the largest square so far instead of their mean."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["a"].lerp_(g, 1 - b1)
        s["b"] = torch.maximum(s["b"] * b2, g * g)
        p.sub_(o["lr"] * (s["a"] / (1 - b1 ** s["k"])) / (s["b"].sqrt() + o["eps"]))


class Clipped(_Moments):
    """Not Adam, though it is until gradients are large: these are cut off."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        g = g.clamp(-40.0, 40.0)
        s["a"].lerp_(g, 1 - b1)
        s["b"].lerp_(g * g, 1 - b2)
        p.sub_(o["lr"] * (s["a"] / (1 - b1 ** s["k"])) / ((s["b"] / (1 - b2 ** s["k"])).sqrt() + o["eps"]))


class PackedRootless(Packed):
    """Not Adam, and in one tensor: the root is missing."""

    def one(self, p: torch.Tensor, g: torch.Tensor, s: dict[str, Any], o: dict[str, Any]) -> None:
        b1, b2 = o["betas"]
        s["buf"][0].mul_(b1).add_(g, alpha=1 - b1)
        s["buf"][1].mul_(b2).addcmul_(g, g, value=1 - b2)
        p.sub_(o["lr"] * s["buf"][0] / (1 - b1 ** s["k"]) / (s["buf"][1] / (1 - b2 ** s["k"]) + o["eps"]))
