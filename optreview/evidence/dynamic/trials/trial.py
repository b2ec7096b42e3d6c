"""An optimizer on tensors whose gradients a probe chooses; nothing is measured, so that a step is quick."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch import nn

from optreview.evidence.dynamic.session import seed
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from optreview.evidence.dynamic.plan import Plan

    Gradients = Sequence[torch.Tensor | None]
    _Pair = tuple[nn.Module, torch.optim.Optimizer]

#: Standard deviation of parameters and of gradients, so that no clipping at 1 acts by itself.
_SCALE = 0.1


class Trial:
    """One optimizer, its parameters, and a way to step it with any gradients, whatever protocol drives it.

    Where the protocol wants a loss instead of gradients (a closure, a graph, hooks on the backward pass), the
    loss is ``<p, g> + |p - a|²/2``, ``a`` being the parameters before the step: its gradient there is exactly
    ``g``, and its Hessian the identity times ``curvature``.

    Args:
        cls: The class.
        plan: How it is built and stepped.
        tensors: The initial values of the parameters.
        names: What argument values may name.
        groups: Indices of the tensors of each parameter group; None for a plain list of parameters.

    Attributes:
        drew: A step has drawn random numbers; every step with the same index starts from the same seed.
        given: Copies of the gradients as they last were before the optimizer could change them.
        losses: What each call of a closure returned, in order.
        enabled: Whether autograd was on when a closure was called, for each call.
        curvature: Of the loss, where the protocol wants one; the negative of a loss has a negative one. With
            zero the gradient is the same wherever a closure is called.
        luck: Added to the seeds of the steps, so that other random numbers are drawn.
        nudged: The usual gradients differ from what they are else by about a rounding.
        advance: Takes the step instead of ``optimizer.step``, as a gradient scaler does.
        observe: Takes the step instead of both, given the closure that ``step`` is to get, or None.
    """

    def __init__(
        self,
        cls: type[torch.optim.Optimizer],
        plan: Plan,
        tensors: Sequence[torch.Tensor],
        names: Mapping[str, object],
        groups: Sequence[Sequence[int]] | None = None,
    ) -> None:
        self.plan = plan
        self.model: nn.Module = _Model(tensors)
        self.parameters = list(self.model.parameters())
        self.drew = False
        self.given: list[torch.Tensor | None] = []
        self.losses: list[float] = []
        self.enabled: list[bool] = []
        self.curvature = 1.0
        self.luck = 0
        self.nudged = False
        self.advance: Callable[[], object] | None = None
        self.observe: Callable[[Callable[[], torch.Tensor] | None], object] | None = None
        self._taken = 0
        self._start = self.weights()
        seed(SEED)
        arguments = self.parameters
        if groups is not None:
            arguments = [{"params": [self.parameters[i] for i in each]} for each in groups]  # type: ignore[misc]
        self.optimizer = plan.build(cls, self.model, arguments, names)

    def run(self, steps: int, start: int | None = None) -> None:
        """Take steps with the usual gradients: those of ``start``, or of the step after the last one."""
        for index in range(self._taken if start is None else start, (start or self._taken) + steps):
            self.step(self.gradients(index), index)

    def gradients(self, index: int) -> list[torch.Tensor]:
        """The usual gradients of a step: normal, mean zero, the same for the same index and shapes."""
        usual = normal([p.shape for p in self.parameters], SEED + 1 + index, like=self.parameters)
        return [each + each.abs() * torch.finfo(each.dtype).eps for each in usual] if self.nudged else usual

    def step(self, gradients: Gradients, index: int | None = None, *, closure: bool = False) -> object:
        """Give the parameters these gradients and step; None leaves a parameter without one.

        Args:
            gradients: One for each parameter.
            index: Of the step, from which its seed comes; that after the last one where it is not told.
            closure: Give ``step`` a closure even if it does not need one.

        Returns:
            What ``optimizer.step`` returned.
        """
        self._taken = index = self._taken if index is None else index
        self._taken += 1
        self.optimizer.zero_grad()
        objective = self.objective(gradients)
        if self.plan.gradients_first:
            self.differentiate(objective, gradients)
        seed(SEED + 1 + index + self.luck)
        before = torch.get_rng_state()
        result: object
        if self.observe:
            wanted = self.plan.closure or closure
            result = self.observe((lambda: self._closure(objective, gradients)) if wanted else None)
        elif self.plan.closure or closure:
            result = self.optimizer.step(lambda: self._closure(objective, gradients))  # type: ignore[arg-type, return-value]
        else:
            result = self.advance() if self.advance else self.optimizer.step()
        self.drew |= not torch.equal(before, torch.get_rng_state())
        return result

    def copied(self, copier: Callable[[_Pair], _Pair]) -> Trial:
        """This trial as it stands, on a copy of the model and of the optimizer, made together."""
        twin = copy.copy(self)
        twin.model, twin.optimizer = copier((self.model, self.optimizer))
        twin.parameters = list(twin.model.parameters())
        return twin

    def weights(self) -> list[torch.Tensor]:
        """Copies of the parameters."""
        return [p.detach().clone() for p in self.parameters]

    @property
    def stepped(self) -> bool:
        """Whether a step was taken."""
        return self._taken > 0

    @property
    def rests(self) -> bool:
        """Whether all weights are what they were at first."""
        pairs = zip(self.parameters, self._start, strict=True)
        return all(torch.equal(_local(p.detach()), _local(each)) for p, each in pairs)

    def moved(self, before: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """How far each parameter is from what it was."""
        return [p.detach() - each for p, each in zip(self.parameters, before, strict=True)]

    def objective(self, gradients: Gradients) -> Callable[[], torch.Tensor]:
        """The loss with these gradients at the present parameters, as a function of the parameters."""
        anchors = self.weights()

        def loss() -> torch.Tensor:
            total = torch.zeros((), device=anchors[0].device)
            for parameter, gradient, anchor in zip(self.parameters, gradients, anchors, strict=True):
                if gradient is not None:
                    away = parameter - anchor
                    total = total + _whole((parameter * gradient.conj()).real.sum())
                    total = total + self.curvature * _whole((away * away.conj()).real.sum()) / 2
            return total

        return loss

    def differentiate(self, objective: Callable[[], torch.Tensor], gradients: Gradients) -> None:
        """Put the gradients where the optimizer looks for them, in the way that its protocol wants."""
        if self.plan.differentiates or _hooked(self.parameters):
            self._backward(objective())
            return
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = None if gradient is None else _laid_out_as(parameter, gradient)
        self.plan.shape_gradients(self.parameters)
        self._note_gradients()

    def _backward(self, loss: torch.Tensor) -> None:
        if loss.requires_grad:  # it does not where no parameter has a gradient
            self.plan.backward(loss, self.parameters, self.optimizer)
        self._note_gradients()

    def _note_gradients(self) -> None:
        self.given = [None if p.grad is None else p.grad.detach().clone() for p in self.parameters]

    def _closure(self, objective: Callable[[], torch.Tensor], gradients: Gradients) -> torch.Tensor:
        self.enabled.append(torch.is_grad_enabled())
        with torch.enable_grad():
            self.optimizer.zero_grad()
            loss = objective()
            self._backward(loss)
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            if gradient is None:
                parameter.grad = None
        self.losses.append(float(loss.detach()))
        return loss.detach()


def normal(
    shapes: Sequence[Sequence[int]], number: int, like: Sequence[torch.Tensor] | None = None
) -> list[torch.Tensor]:
    """Tensors of these shapes from the seed ``number``, in the dtypes and on the devices of ``like``."""
    beside = [None] * len(shapes) if like is None else like
    complex_ = tuple(each is not None and each.is_complex() for each in beside)
    drawn = _drawn(tuple(tuple(shape) for shape in shapes), complex_, number)
    pairs = zip(drawn, beside, strict=True)
    return [_SCALE * tensor if each is None else (_SCALE * tensor).to(each) for tensor, each in pairs]


@lru_cache(maxsize=1024)
def _drawn(
    shapes: tuple[tuple[int, ...], ...], complex_: tuple[bool, ...], number: int
) -> list[torch.Tensor]:
    """Drawing takes longer than most steps, and every trial of a probe takes the same gradients."""
    generator = torch.Generator().manual_seed(number)
    dtypes = (torch.complex64 if each else torch.float32 for each in complex_)
    pairs = zip(shapes, dtypes, strict=True)
    return [torch.randn(shape, generator=generator, dtype=dtype) for shape, dtype in pairs]


class _Model(nn.Module):
    """Tensors as the weights of layers, for optimizers that take a model."""

    def __init__(self, tensors: Sequence[torch.Tensor]) -> None:
        super().__init__()
        for index, tensor in enumerate(tensors):
            layer = nn.Module()
            layer.register_parameter("weight", nn.Parameter(tensor))
            self.add_module(f"layer{index}", layer)


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor itself, or the whole of one that is sharded: a loss is an ordinary number on every rank."""
    gather: Callable[[], torch.Tensor] | None = getattr(tensor, "full_tensor", None)
    return gather() if gather else tensor


def _local(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor itself, or this rank's shard."""
    own: Callable[[], torch.Tensor] | None = getattr(tensor, "to_local", None)
    return own() if own else tensor


def _laid_out_as(parameter: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """A copy of a gradient with the strides that autograd would give it, which are the parameter's."""
    if gradient.layout is not torch.strided or gradient.stride() == parameter.stride():
        return gradient.clone()
    return torch.empty_like(parameter, dtype=gradient.dtype).copy_(gradient)


def _hooked(parameters: Sequence[torch.Tensor]) -> bool:
    """Some optimizers work inside the backward pass."""
    return any(p._backward_hooks or p._post_accumulate_grad_hooks for p in parameters)
