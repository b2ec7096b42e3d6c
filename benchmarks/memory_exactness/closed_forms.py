"""State and step peak written down by hand, from the update rules and the shapes, without any simulation.

Peaks count what one line of an update rule has alive at once. A loop over tensors keeps the last tensor's
result under its name until the next one replaces it, which is why neighbours are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import msgspec

from optreview import models
from optreview.evidence.dynamic.wire import Compare, Job
from optreview.evidence.static import discover
from optreview.records import Option
from optreview.targets import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.evidence.dynamic.client import Runner
    from optreview.records import ModelShapes

    Shapes = Sequence[tuple[int, ...]]
    Formula = Callable[[Shapes, int], int]

#: torch.optim counts the steps of a tensor in a tensor of its own, always float32.
COUNTER = 4
ELEMENT = {"bfloat16": 2, "float32": 4}


@dataclass(frozen=True)
class Form:
    """What an optimizer needs on a model: formulas of its shapes and the bytes of an element.

    Attributes:
        equation: The state in the words of the paper.
        peak: The peak of a steady step; None where the formula would be a copy of the code.
    """

    target: str
    equation: str
    state: Formula
    peak: Formula | None = None
    path: str = "default"
    options: tuple[Option, ...] = ()
    dtype: str = "bfloat16"

    @property
    def model(self) -> ModelShapes:
        """LLaMA 7B in the dtype of the form."""
        model = models.built_in("llama-7b")
        tensors = tuple(msgspec.structs.replace(each, dtype=self.dtype) for each in model.tensors)
        return msgspec.structs.replace(model, tensors=tensors)

    def evaluate(self, formula: Formula) -> int:
        """Its value on the model, in bytes."""
        return formula([each.shape for each in self.model.tensors], ELEMENT[self.dtype])


def _elements(shapes: Shapes) -> list[int]:
    return [prod(shape) for shape in shapes]


def _two_moments(shapes: Shapes, element: int) -> int:
    """M and v as large as the parameter, and a counter (1711.05101, algorithm 2)."""
    return 2 * element * sum(_elements(shapes)) + COUNTER * len(shapes)


def _one_momentum(shapes: Shapes, element: int) -> int:
    """One buffer as large as the parameter."""
    return element * sum(_elements(shapes))


def _root_and_quotient(shapes: Shapes, element: int) -> int:
    """The root of v, then its quotient, while the last tensor's denominator is still there."""
    sizes = _elements(shapes)
    return element * max(last + 2 * size for last, size in zip([0, *sizes], sizes, strict=False))


def _all_roots(shapes: Shapes, element: int) -> int:
    """The roots of all v at once; what follows works in them."""
    return element * sum(_elements(shapes))


def _rows_and_columns(shapes: Shapes, element: int) -> int:
    """R and C for a matrix, V for a vector (1804.04235, algorithms 2 and 4), and a counter."""
    factored = sum(prod(s[:-1]) + prod(s[:-2]) * s[-1] for s in shapes if len(s) > 1)
    return element * (factored + sum(prod(s) for s in shapes if len(s) < 2)) + COUNTER * len(shapes)


def _outer_product(shapes: Shapes, element: int) -> int:
    """R C of a matrix, its mean squares by row and by column, their scale, and the last tensor's update."""
    before = [0, *_elements(shapes)]
    return element * max(
        last + prod(s) + sum(s) + 1 for last, s in zip(before, shapes, strict=False) if len(s) > 1
    )


def _interpolation(shapes: Shapes, element: int) -> int:
    """The momentum's copy and its sum with the gradient, whose sign is the update (2302.06675, program 1)."""
    return 2 * element * max(_elements(shapes))


def _preconditioners(shapes: Shapes, element: int) -> int:
    """A d by d statistic for every dimension d, its inverse root (1802.09568, algorithm 2), the direction."""
    squares = sum(size**2 for shape in shapes for size in shape)
    return element * (2 * squares + sum(_elements(shapes)))


def _nothing(shapes: Shapes, element: int) -> int:  # noqa: ARG001
    return 0


FORMS = (
    Form("torch.optim:AdamW", "2P and a counter a tensor", _two_moments, _root_and_quotient),
    Form("torch.optim:AdamW", "2P and a counter a tensor", _two_moments, _all_roots, path="foreach"),
    Form(
        "torch.optim:SGD",
        "P",
        _one_momentum,
        _nothing,
        options=(Option(name="momentum", value="0.9"),),
    ),
    Form("torch.optim:Adafactor", "Σ (m + n) and a counter a tensor", _rows_and_columns, _outer_product),
    Form("lion_pytorch:Lion", "P", _one_momentum, _interpolation),
    Form("torch_optimizer:Shampoo", "P + 2 Σ (m² + n²)", _preconditioners, dtype="float32"),
)


def simulated(runner: Runner, form: Form) -> tuple[int, int]:
    """State and peak of the last step, as the simulation has them.

    Raises:
        LookupError: It could not be simulated.
    """
    target = discover(resolve(form.target)).found[0].target
    job = Job(target=target, models=(form.model,), options=form.options, only_traces=True)
    stepped, failure = runner.compare(Compare(job=job, draws=(), foreach=(form.model.name,)))
    for each in stepped:
        failure = failure or each.failure
        if each.levels and each.implementation == form.path:
            return each.levels[-1]
    raise LookupError(failure.message if failure else form.path)
