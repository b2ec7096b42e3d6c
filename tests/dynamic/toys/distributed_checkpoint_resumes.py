"""State that a distributed checkpoint brings back, and state that it does not."""

from __future__ import annotations

from typing import Any

import torch


class PyTorchsOwn(torch.optim.AdamW):
    expected = "pass"


class Stateless(torch.optim.SGD):
    """Nothing to save."""

    expected = "pass"


class Toy(torch.optim.Optimizer):
    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, self.state[p], group["lr"])

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        raise NotImplementedError


class MovesAtZero(Toy):
    """It moves weights even with an lr of zero; loading the model's weights undoes that."""

    expected = "pass"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        p.mul_(0.99).add_(p.grad, alpha=-lr)


class OnSelf(Toy):
    """The count of steps is an attribute, which no checkpoint has."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr)
        self.taken = 0

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        self.taken += 1
        p.add_(p.grad, alpha=-lr / self.taken)


class Divides(Toy):
    """The lr of zero, with which the loader steps, is divided by."""

    expected = "fail"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        p.sub_(p.grad / (1 / lr))


class Asks(torch.optim.SGD):
    """Its step needs a closure, and the loader's step gives none."""

    expected = "differs-by-design"

    def step(self, closure: Any) -> Any:  # type: ignore[override]
        with torch.enable_grad():
            loss = closure()
        super().step()
        return loss


class Sparse(torch.optim.SparseAdam):
    """It takes sparse gradients only, and the loader's are dense."""

    expected = "differs-by-design"


class NumberAtFirst(Toy):
    """It keeps a tensor, but a number after the loader's step, whose gradients are zero."""

    expected = "fail"

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        norm = p.grad.norm()
        state["ratio"] = p.norm() / norm if norm > 0 else 1.0
        p.add_(p.grad * state["ratio"], alpha=-lr)


class EmptyEntries(Toy):
    """Its constructor looks state up, which leaves an empty entry: the loader takes that for all there is."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, lr)
        assert not any(self.state[p] for group in self.param_groups for p in group["params"])

    def update(self, p: torch.Tensor, state: dict[str, Any], lr: float) -> None:
        assert p.grad is not None
        if "mean" not in state:
            state["mean"] = torch.zeros_like(p)
        p.add_(state["mean"].lerp_(p.grad, 0.1), alpha=-lr)
