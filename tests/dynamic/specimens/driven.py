"""Toys that want to be driven in one way each, and twins that look alike and do not."""

import torch
from torch import distributed
from torch.optim import Optimizer


class Descent(Optimizer):
    """Gradient descent, which the others depart from."""

    def __init__(self, params, lr=0.01, **group):
        super().__init__(params, {"lr": lr, **group})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.move(group, p)
        return loss

    def move(self, group, p):
        p.add_(p.grad, alpha=-group["lr"])


class Horizon(Descent):
    def __init__(self, params, num_training_steps, warmup_steps, lr=0.01):
        super().__init__(params, lr * warmup_steps / num_training_steps)


class UnsetRate(Descent):
    def __init__(self, params, lr=None):
        assert lr > 0
        super().__init__(params, lr)


class UnsetHorizon(Descent):
    def __init__(self, params, lr=0.01, epochs=None, batches_per_epoch=None, momentum=None):
        super().__init__(params, lr / (epochs * batches_per_epoch))


class OptionalHorizon(Descent):
    """A twin: what is None may stay None."""

    def __init__(self, params, lr=None, total_steps=None, momentum=0.0):
        super().__init__(params, 0.01 if lr is None else lr)


class Unsaid(Descent):
    def __init__(self, params, **keywords):
        self.inner(**keywords)
        super().__init__(params, keywords.get("lr", 0.01))

    def inner(self, **keywords):
        Horizon.__init__(Horizon.__new__(Horizon), [torch.zeros(1)], **keywords)


class NeedsMomentum(Descent):
    def __init__(self, params, lr=0.01, momentum=0.0):
        if not momentum:
            raise NotImplementedError("without momentum is not supported")
        super().__init__(params, lr)


class Named(Descent):
    def __init__(self, params, lr=0.01):
        super().__init__([p for name, p in params if name], lr)


class TwoLists(Descent):
    def __init__(self, fast_params, slow_params, lr=0.01):
        super().__init__([{"params": fast_params}, {"params": slow_params, "lr": lr / 10}], lr)


class Gated(Descent):
    """Silently ordinary without the key."""

    def move(self, group, p):
        if "rank" in group:
            self.state[p]["projection"] = torch.zeros(p.shape[0], group["rank"])
        super().move(group, p)


class GatedInVain(Descent):
    """The path behind the key does not run."""

    def move(self, group, p):
        if "rank" in group:
            raise RuntimeError("no projection")
        super().move(group, p)


class RankArgument(Descent):
    """A twin: every group has the key, since the constructor puts it there."""

    def __init__(self, params, lr=0.01, rank=4):
        super().__init__(params, lr, rank=rank)

    def move(self, group, p):
        assert "rank" in group
        super().move(group, p)


class Keyed(Descent):
    def move(self, group, p):
        p.add_(p.grad, alpha=-group["lr"] * group["scale"])


class Vectors(Descent):
    def move(self, group, p):
        p.add_(p.grad, alpha=-group["lr"] * torch.dot(p.grad, p.grad).item())


class Distributed(Descent):
    def move(self, group, p):
        distributed.all_reduce(p.grad)
        super().move(group, p)


class Alone(Descent):
    """A twin that would use a process group if there were one; its docstring says init_process_group."""

    def move(self, group, p):
        if distributed.is_initialized():
            raise RuntimeError("not alone")
        super().move(group, p)


class Compiled(Descent):
    def __init__(self, params, lr=0.01):
        super().__init__(params, lr)
        self.compiled = torch.compile(lambda grad: grad * 2, fullgraph=True)

    def move(self, group, p):
        p.add_(self.compiled(p.grad), alpha=-group["lr"])


class InParts(Descent):
    def first_step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=0.01)

    def second_step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-0.02)

    @torch.no_grad()
    def step(self, closure=None):
        self.first_step()
        with torch.enable_grad():
            closure()
        self.second_step()


class Faint(Optimizer):
    """A wrapper that drops what is less than a hundredth."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        super().__init__([p for group in optimizer.param_groups for p in group["params"]], {})
        self.param_groups = optimizer.param_groups

    def step(self, closure=None):
        if self.optimizer.param_groups[0]["lr"] > 0.01:
            self.optimizer.step()


class ScalesTheLoss(Descent):
    """Its step undoes what its own backward pass did, and does nothing after another one."""

    scaled = False

    def backward(self, loss):
        (1024 * loss).backward()
        self.scaled = True

    def step(self, closure=None):
        if self.scaled:
            super().step(closure)
        self.scaled = False

    def move(self, group, p):
        p.add_(p.grad, alpha=-group["lr"] / 1024)


class OtherBackward(Descent):
    """A method of that name that takes something else."""

    def backward(self, gradients):
        raise AssertionError


class BrokenBackward(Descent):
    """A backward pass of its own that cannot be run, where another one will do."""

    def backward(self, loss):
        raise NotImplementedError


class Rows(Descent):
    def move(self, group, p):
        if not p.grad.is_sparse:
            raise RuntimeError("dense gradients are not supported")
        (rows,) = p.grad.coalesce().indices()
        p[rows] -= group["lr"] * p.grad.coalesce().values()


class Late(Descent):
    def move(self, group, p):
        state = self.state[p]
        state["step"] = state.get("step", 0) + 1
        if state["step"] >= 4:
            super().move(group, p)


class WrongTurn(Descent):
    """Its error speaks of matrices, and matrices alone do not help."""

    def step(self, closure=None):
        if all(p.ndim == 2 for group in self.param_groups for p in group["params"]):
            raise RuntimeError("nothing but matrices")
        if closure is None:
            raise RuntimeError("for a matrix a closure is needed")
        return super().step(closure)


class Bare(Descent):
    """Says what it wants by an assertion alone."""

    def move(self, group, p):
        assert p.ndim == 2
        super().move(group, p)


class Unknown(Descent):
    def __init__(self, params, oracle):
        super().__init__(params)


class OnlyCuda(Descent):
    def move(self, group, p):
        raise RuntimeError("this kernel needs CUDA and CUDA is not available")


class OnlyBfloat16(Descent):
    def move(self, group, p):
        assert p.dtype == torch.bfloat16, "only bfloat 16 is supported"
