"""A model made of shapes alone: parameters under their names, and gradients without a forward pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from optreview.evidence.dynamic.scale.sparse import Whole
from optreview.evidence.dynamic.workloads import SEED, Bench

if TYPE_CHECKING:
    from optreview.evidence.dynamic.plan import Plan
    from optreview.records import ModelShapes


@dataclass(frozen=True)
class ShapedBench(Bench):
    """The loss is half the squared distance to a target that is drawn anew in every step.

    ``hollow``: the tensors have no values, so that gradients need not be computed where the optimizer takes
    them as they are. ``generator`` draws the targets; without one it is PyTorch's own.
    """

    hollow: bool = False
    generator: torch.Generator | None = None

    def loss(self, step: int) -> torch.Tensor:  # noqa: ARG002 - targets come from the generator
        """Its gradient has the shape and the layout of the parameter, and its second derivative is one.

        No target is near zero, where parameters are: an element without a gradient would be missing from a
        sparse one.
        """
        distances = [(p - self._target(p)).square().sum() for p in self.parameters.values()]
        return torch.stack([each.float() for each in distances]).sum() / 2

    def _target(self, parameter: torch.Tensor) -> torch.Tensor:
        values = torch.empty_like(parameter, requires_grad=False).normal_(generator=self.generator)
        return values + values.sign()

    def differentiate(self, step: int, plan: Plan, optimizer: torch.optim.Optimizer) -> torch.Tensor:
        """The loss, and gradients on the parameters."""
        if not self.hollow or plan.differentiates:
            return super().differentiate(step, plan, optimizer)
        for parameter in self.parameters.values():
            parameter.grad = torch.empty_like(parameter)
        with Whole():
            plan.shape_gradients(self.parameters.values())
        return torch.empty((), device=next(iter(self.parameters.values())).device)


def stage(shapes: ModelShapes, *, device: str, hollow: bool, seed: int | None = None) -> ShapedBench:
    """A bench with parameters of these shapes, drawn from the fixed seed or, where hollow, not drawn.

    With a seed of its own it has other parameters, and other targets.
    """
    generator = None if seed is None else torch.Generator(device).manual_seed(seed)
    torch.manual_seed(SEED)
    model = nn.Module()
    parameters = {}
    for each in shapes.tensors:
        values = torch.empty(each.shape, dtype=getattr(torch, each.dtype), device=device)
        if not hollow:
            values.normal_(std=0.02, generator=generator)
        parameters[each.name] = nn.Parameter(values)
        _plant(model, each.name, parameters[each.name])
    return ShapedBench(
        name=shapes.name,
        model=model,
        parameters=parameters,
        omitted=(),
        batches=(),
        hollow=hollow,
        generator=generator,
    )


def _plant(model: nn.Module, name: str, parameter: nn.Parameter) -> None:
    """Put a parameter under its dotted name, through modules that are made as needed.

    A name of a user's file that no module can have (``a`` beside ``a.b``, ``forward``) becomes a plain one.
    """
    *path, leaf = name.split(".")
    inner = model
    try:
        for part in path:
            if part not in inner._modules:
                inner.add_module(part, nn.Module())
            inner = inner.get_submodule(part)
        inner.register_parameter(leaf, parameter)
    except (KeyError, AttributeError):
        model.register_parameter(f"parameter_{sum(1 for _ in model.parameters())}", parameter)
