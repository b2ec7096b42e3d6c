"""Groups that can be added, and groups that are forgotten, refused or start in the middle."""

from __future__ import annotations

from typing import Any

import torch

from tests.dynamic.toys._descent import Loops


class PerParameter(torch.optim.Adam):
    expected = "pass"


class PerGroup(torch.optim.Optimizer):
    """A decoy: the counter is in the group, so a new group starts at one."""

    expected = "pass"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr, "step": 0})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            group["step"] += 1
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"] / group["step"])


class CountsOnSelf(torch.optim.Optimizer):
    """One counter for all groups."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})
        self.taken = 0

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.taken += 1
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"] / self.taken)


class KeepsAList(torch.optim.Optimizer):
    """The parameters are gathered in the constructor, and a group that is added is never trained."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})
        self.all = [p for group in self.param_groups for p in group["params"]]

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for p in self.all:
            if p.grad is not None:
                p.sub_(p.grad, alpha=self.param_groups[0]["lr"])


class SetUpOnce(Loops):
    """The momentum is made in the constructor, and missing for a group that is added."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["momentum"] = torch.zeros_like(p)

    def move(self, p: torch.Tensor, grad: torch.Tensor, group: dict[str, Any]) -> None:
        momentum = self.state[p]["momentum"].mul_(0.9).add_(grad)
        p.sub_(momentum, alpha=group["lr"])


class OneOnly(torch.optim.SGD):
    expected = "differs-by-design"

    def add_param_group(self, param_group: Any) -> None:
        if self.param_groups:
            raise ValueError("a second parameter group is not supported")
        super().add_param_group(param_group)


class GlobalNorm(torch.optim.Optimizer):
    """The sum of all norms so far divides the step of every parameter."""

    expected = "not-applicable"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})
        self.sum = 0.0

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        present = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        self.sum += sum(float(p.grad.norm()) for p in present)
        for p in present:
            p.sub_(p.grad, alpha=self.param_groups[0]["lr"] / self.sum)


class Flagged(torch.optim.Optimizer):
    """Every group says which rule it gets; a group that is added says so as well."""

    expected = "pass"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    def add_param_group(self, param_group: Any) -> None:
        if "use_sign" not in param_group:
            raise ValueError("use_sign must be set")
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad.sign() if group["use_sign"] else p.grad, alpha=group["lr"])


class FilledOnce(Flagged):
    """The constructor fills the groups that it is given; one that is added later lacks the rate."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        torch.optim.Optimizer.__init__(self, [{**group, "lr": lr} for group in params], {})
