"""The small real models that optimizers run on: real gradients, fixed seeds, stable names.

The shapes are large enough that thresholds in optimizers act: 8-bit state begins at 4096 elements
(2110.02861, section 2), factored state at two dimensions of 128 (``min_dim_size_to_factor`` of 1804.04235's
implementations). A bias and a norm stand for 1-D tensors, a convolution for 4-D ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from optreview.records import TensorShape, Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.evidence.dynamic.plan import Plan

SEED = 20240607


class _Vision(nn.Module):
    """A convolution, a norm and four projections: 303,488 parameters, none much larger than the next."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.hidden = nn.Linear(256, 320)
        self.norm = nn.LayerNorm(320)
        self.mix = nn.Linear(320, 256, bias=False)
        self.expand = nn.Linear(256, 288, bias=False)
        self.head = nn.Linear(288, 224, bias=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = functional.gelu(self.conv(images)).flatten(1)
        features = functional.gelu(self.norm(self.hidden(features)))
        features = functional.gelu(self.expand(functional.gelu(self.mix(features))))
        logits: torch.Tensor = self.head(features)
        return logits


class _Perceptron(nn.Module):
    """Two layers, 1,752 parameters: enough to see whether state keeps growing."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=4)
        self.hidden = nn.Linear(16, 40)
        self.head = nn.Linear(40, 24, bias=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = functional.gelu(self.conv(images)).flatten(1)
        logits: torch.Tensor = self.head(functional.gelu(self.hidden(features)))
        return logits


class _Dense(nn.Module):
    """A norm and a matrix of 17,952 elements, so that thresholds of quantised and factored state act."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=4)
        self.hidden = nn.Linear(16, 136)
        self.norm = nn.LayerNorm(136)
        self.head = nn.Linear(136, 132, bias=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.hidden(functional.gelu(self.conv(images)).flatten(1))
        normal = self.norm(features.to(self.norm.weight.dtype)).to(features.dtype)
        logits: torch.Tensor = self.head(functional.gelu(normal))
        return logits


#: Model, classes, batch size. Targets are soft, so that a quasi-Newton method cannot drive the loss, and with
#: it the gradient, to zero.
_MODELS: dict[str, tuple[Callable[[], nn.Module], int, int]] = {
    "vision-303k": (_Vision, 224, 4),
    "perceptron-2k": (_Perceptron, 24, 16),
    "dense-21k": (_Dense, 132, 16),
}
MAIN, SMALL, DENSE = _MODELS


@dataclass(frozen=True)
class Bench:
    """A model on a device, with the parameters to optimize and a batch for every step.

    Attributes:
        parameters: The tensors to optimize, by name; the others are frozen out of the run.
        omitted: Names and shapes of the model's other tensors.
    """

    name: str
    model: nn.Module
    parameters: dict[str, nn.Parameter]
    omitted: tuple[TensorShape, ...]
    batches: tuple[tuple[torch.Tensor, torch.Tensor], ...]

    def loss(self, step: int) -> torch.Tensor:
        """Cross-entropy on the batch of this step; batches repeat after the last one."""
        images, targets = self.batches[step % len(self.batches)]
        return functional.cross_entropy(self.model(images).float(), targets)

    def differentiate(self, step: int, plan: Plan, optimizer: torch.optim.Optimizer) -> torch.Tensor:
        """The loss of the batch of this step, and gradients in the form that the optimizer takes."""
        loss = self.loss(step)
        plan.backward(loss, self.parameters.values(), optimizer)
        return loss

    @property
    def workload(self) -> Workload:
        """The record of what was optimized and what was left out."""
        tensors = tuple(TensorShape(name=n, shape=tuple(p.shape)) for n, p in self.parameters.items())
        return Workload(name=self.name, tensors=tensors, omitted=self.omitted)

    @property
    def data(self) -> tuple[torch.Tensor, ...]:
        """Tensors that belong to the training loop, not to the optimizer."""
        chosen = {id(p) for p in self.parameters.values()}
        frozen = [p for p in self.model.parameters() if id(p) not in chosen]
        return (*(tensor for batch in self.batches for tensor in batch), *frozen)


def shapes(name: str) -> tuple[TensorShape, ...]:
    """Names and shapes of a model's tensors."""
    make, _, _ = _MODELS[name]
    with torch.device("meta"):
        return tuple(TensorShape(name=n, shape=tuple(p.shape)) for n, p in make().named_parameters())


def bench(  # noqa: PLR0913 - each is part of what is run
    name: str,
    *,
    dtype: torch.dtype,
    device: str,
    batches: int,
    omitted: Sequence[str] = (),
    norms: torch.dtype | None = None,
) -> Bench:
    """Build a model and its batches from the fixed seed; the same call gives the same numbers.

    ``norms`` is the dtype of normalisations where it is not that of the model.
    """
    make, classes, size = _MODELS[name]
    torch.default_generator.manual_seed(SEED)  # the device does not matter: it is made on the CPU
    model = make()
    data = [(torch.randn(size, 3, 8, 8), torch.randn(size, classes).softmax(-1)) for _ in range(batches)]
    model = model.to(device=device, dtype=dtype)
    for module in model.modules():
        if norms is not None and isinstance(module, nn.LayerNorm):
            module.to(norms)
    left_out = set(omitted)
    chosen, others = {}, []
    for each, parameter in model.named_parameters():
        if each in left_out:
            parameter.requires_grad_(False)
            others.append(TensorShape(name=each, shape=tuple(parameter.shape)))
        else:
            chosen[each] = parameter
    return Bench(
        name=name,
        model=model,
        parameters=chosen,
        omitted=tuple(others),
        batches=tuple((x.to(device=device, dtype=dtype), y.to(device)) for x, y in data),
    )
