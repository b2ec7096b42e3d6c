"""What a model takes with an optimizer: simulated where that was done, else by the law of its buffers.

A buffer that is as large as its parameter, or a number a tensor, has the same bytes for each element, or for
each tensor, of every model. Whether that holds for all of the state is checked on a simulated model.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.models import families
from optreview.records import ITEM_SIZE, Footprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.models.families import Shape
    from optreview.records import BufferMemory, Evidence, MemoryRun, ModelShapes, ScaleRun, TensorShape

ADAMW = "torch.optim:AdamW"
#: A peak is a multiple of a quarter of the parameters, or of the largest tensor, to this part of it.
_QUARTER, _NEAR = 0.25, 0.004
#: Temporaries of a tensor's size that are looked for, of its own step and of the one before.
_MOST_OWN, _MOST_BEFORE = 8, 4
#: Elements of single numbers beside them: what is farther off is held at another instant than is looked for.
_NUMBERS = 16


class Sizes(Frozen, frozen=True):
    """A model by what matters here.

    Attributes:
        shapes: How many of its tensors have which shape.
        item: Bytes of an element.
        shaped: The shapes are those of the model; else only their sum is.
        neighbours: Elements of a tensor and of the one before it, each pair once.
    """

    title: str
    shapes: tuple[tuple[Shape, int], ...]
    item: int
    shaped: bool = True
    neighbours: tuple[tuple[int, int], ...] = ()

    @property
    def parameters(self) -> int:
        """Elements in all."""
        return sum(prod(shape) * count for shape, count in self.shapes)

    @property
    def tensors(self) -> int:
        """How many there are."""
        return sum(count for _, count in self.shapes)

    @property
    def largest(self) -> int:
        """Elements of the largest tensor."""
        return max(prod(shape) for shape, _ in self.shapes)


class Law(Frozen, frozen=True):
    """Bytes of state for each element and for each tensor; those that are there once."""

    element: float
    tensor: int
    once: int

    def state(self, sizes: Sizes) -> int:
        """Bytes on a model."""
        return round(self.element * sizes.parameters) + self.tensor * sizes.tensors + self.once


class Peak(Frozen, frozen=True):
    """A step's temporaries: so many times all parameters, or so many times the largest tensor.

    One tensor after the other, it is the worst of so many times its size and so many times that of the one
    ``before``, whose temporaries a loop lets go only when it makes the next ones.
    """

    parameters: float = 0.0
    largest: float = 0.0
    before: float = 0.0

    def transient(self, sizes: Sizes) -> int | None:
        """Bytes on a model; None where they hang on a shape that is not known."""
        if (self.largest or self.before) and not sizes.shaped:
            return None
        if self.before and not sizes.neighbours:
            return None
        loop = self.largest * sizes.largest
        if self.before:
            loop = max(self.largest * own + self.before * last for own, last in sizes.neighbours)
        return round((self.parameters * sizes.parameters + loop) * sizes.item)


def sizes(model: ModelShapes) -> Sizes:
    """A model of one dtype."""
    counts: dict[Shape, int] = {}
    for each in model.tensors:
        counts[each.shape] = counts.get(each.shape, 0) + 1
    neighbours = families.neighbours(each.shape for each in model.tensors)
    return Sizes(
        model.title, tuple(sorted(counts.items())), ITEM_SIZE[model.dtypes[0]], neighbours=neighbours
    )


def law(run: MemoryRun, tensors: Iterable[TensorShape]) -> Law | None:
    """What the buffers of a run are made of; None where some are neither like parameters nor numbers."""
    given = tuple(tensors)
    elements, many = sum(prod(t.shape) for t in given), len(given)
    element, tensor, once = 0.0, 0, 0
    for buffer in run.buffers:
        if not buffer.bytes:
            continue
        if _like(buffer, many) and buffer.bytes % elements == 0:
            element += buffer.bytes / elements
        elif buffer.scalars == buffer.tensors == many and buffer.bytes % many == 0:
            tensor += buffer.bytes // many
        elif buffer.scalars == buffer.tensors == 1:
            once += buffer.bytes
        else:
            return None
    return Law(element, tensor, once)


def least_state(evidence: Evidence, dtype: str) -> float:
    """Bytes of state for each element at the least: buffers like parameters, whatever else it keeps.

    Nothing where a simulated model has less than they say.
    """
    dynamic = evidence.dynamic
    if dynamic is None or dynamic.workload.omitted:
        return 0.0
    given = dynamic.workload.tensors
    run = next((r for r in dynamic.runs if r.dtype == dtype and r.implementation == "default"), None)
    elements = sum(prod(t.shape) for t in given)
    if run is None or not elements:
        return 0.0
    each = sum(b.bytes for b in run.buffers if _like(b, len(given))) / elements
    models = {m.name: m for m in dynamic.scale.models} if dynamic.scale else {}
    for found in dynamic.scale.runs if dynamic.scale else ():
        model = models[found.model]
        if model.dtypes == (dtype,) and found.state_bytes < each * model.parameters:
            return 0.0
    return each


def _like(buffer: BufferMemory, tensors: int) -> bool:
    return buffer.tensors == buffer.like_parameter and buffer.tensors % tensors == 0 and buffer.tensors > 0


def own_law(evidence: Evidence, dtype: str) -> tuple[Law | None, str]:
    """The subject's law in a dtype once a simulated model bears it out, or why there is none."""
    dynamic = evidence.dynamic
    if dynamic is None:
        return None, "the optimizer was not run"
    if dynamic.workload.omitted:
        return None, "it does not take every tensor, and what takes the rest is not in its figures"
    run = next((r for r in dynamic.runs if r.dtype == dtype and r.implementation == "default"), None)
    if run is None:
        return None, f"it was not run in {dtype}, so that the bytes of its buffers there are not known"
    found = law(run, dynamic.workload.tensors)
    if found is None:
        return None, "its state is not of one size for each element, so it has to be simulated on the model"
    for simulated in dynamic.scale.runs if dynamic.scale else ():
        model = next(m for m in dynamic.scale.models if m.name == simulated.model)  # type: ignore[union-attr]
        if model.dtypes == (dtype,):
            by_law = round(found.element * model.parameters) + found.tensor * model.tensors + found.once
            if by_law != simulated.state_bytes:
                return (
                    None,
                    f"what its buffers are made of is not the state simulated on {model.title}",
                )
    return found, ""


def peak_of(run: ScaleRun, sizes: Sizes) -> Peak | None:
    """Which of the two a simulated peak is; None where it is neither."""
    transient = run.peak_transient_bytes
    if not transient:
        return Peak()
    for whole in (True, False):
        bytes_ = (sizes.parameters if whole else sizes.largest) * sizes.item
        multiple = round(transient / bytes_ / _QUARTER) * _QUARTER
        if multiple and abs(transient / bytes_ - multiple) <= _NEAR * multiple:
            return Peak(parameters=multiple) if whole else Peak(largest=multiple)
    return None


def loop_peak(transient: float, shapes: Iterable[Shape]) -> Peak | None:
    """What a loop over tensors of these shapes holds; None where no whole numbers of them are its peak.

    Args:
        transient: In elements.
        shapes: In the order of the loop.
    """
    neighbours = families.neighbours(shapes)
    if transient <= _NEAR * max((own for own, _ in neighbours), default=0):
        return Peak()
    for before in range(_MOST_BEFORE + 1):
        for own in range(1, _MOST_OWN + 1):
            worst = max(own * one + before * last for one, last in neighbours)
            if abs(worst - transient) <= _NUMBERS:
                return Peak(largest=float(own), before=float(before))
    return None


def simulated(run: ScaleRun, sizes: Sizes, frozen: int) -> Footprint:
    """The footprint that a simulation found."""
    return Footprint(
        optimizer=run.optimizer,
        model=sizes.title,
        parameters=sizes.parameters,
        weights=run.parameter_bytes,
        gradients=run.gradient_bytes,
        frozen=frozen,
        state=run.state_bytes,
        transient=run.peak_transient_bytes,
        how="simulated",
    )


def computed(optimizer: str, by: Law, peak: Peak | None, sizes: Sizes, frozen: int) -> Footprint:
    """The footprint that a law gives."""
    weights = sizes.parameters * sizes.item
    return Footprint(
        optimizer=optimizer,
        model=sizes.title,
        parameters=sizes.parameters,
        weights=weights,
        gradients=weights,
        frozen=frozen,
        state=by.state(sizes),
        transient=None if peak is None else peak.transient(sizes),
        how="law",
    )
