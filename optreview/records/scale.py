"""Evidence at scale: what a step would need on models that are never allocated."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from optreview.records.common import Record
from optreview.records.memory import BufferMemory, Failure, Option, TensorShape

Dtype = Literal["bfloat16", "float16", "float32", "float64"]
#: Bytes of one element.
ITEM_SIZE: dict[str, int] = {"bfloat16": 2, "float16": 2, "float32": 4, "float64": 8}
#: The path that AdamW takes on a device when nothing is said.
ADAMW_PATH: dict[str, Literal["for-loop", "foreach"]] = {"cpu": "for-loop", "cuda": "foreach"}


class ModelTensor(TensorShape, frozen=True, kw_only=True):
    """A parameter of a model; its gradient has the same dtype."""

    dtype: Dtype


class Activations(Record, frozen=True, kw_only=True):
    """What training holds in the forward and the backward pass of a model, counted on tensors without values.

    Attributes:
        batch: Examples at once.
        kept: Bytes alive after the forward pass beyond parameters and buffers: what the backward pass needs,
            the batch, and the output.
        peak: Most bytes alive at any time in the two passes beyond parameters and buffers; gradients, as they
            come, included.
    """

    batch: int
    kept: int
    peak: int


class ModelShapes(Record, frozen=True, kw_only=True):
    """A model as an optimizer sees it: the names and shapes of its parameters.

    Attributes:
        name: What users type.
        title: What the page calls it.
        held: Bytes of parameters that are not trained, and of buffers.
        activations: By batch size, where it was given with its batches.
        unrun: Why there are none although it was.
    """

    name: str
    title: str
    tensors: tuple[ModelTensor, ...]
    held: int = 0
    activations: tuple[Activations, ...] = ()
    unrun: str = ""

    @property
    def dtypes(self) -> tuple[Dtype, ...]:
        """The dtypes of its parameters, that of most tensors first."""
        counts = Counter(each.dtype for each in self.tensors)
        return tuple(sorted(counts, key=lambda dtype: (-counts[dtype], dtype)))


class Model(Record, frozen=True, kw_only=True):
    """A model of a record: what was given to the optimizer, without the names and shapes.

    Attributes:
        dtypes: The dtypes of its parameters and gradients, that of most tensors first.
        tensors: Tensors that the optimizer was given, with ``parameters`` elements.
        omitted: Tensors that it was not given, since it refuses their kind.
        held: Bytes of parameters that are not trained, and of buffers.
        activations: By batch size, of a user's model that was given with its batches.
        unrun: Why there are none although it was.
    """

    name: str
    title: str
    dtypes: tuple[Dtype, ...]
    tensors: int
    parameters: int
    omitted: int = 0
    held: int = 0
    activations: tuple[Activations, ...] = ()
    unrun: str = ""


class ScaleRun(Record, frozen=True, kw_only=True):
    """One optimizer on one model, simulated: the same code on tensors that have shapes and no values.

    Attributes:
        device: ``cpu``, or ``cuda``: what the optimizer does for tensors on a CUDA device.
        stand_in: Tensors of the CPU stood in for those of CUDA, with CUDA's default paths.
        implementation: What was asked for.
        steps: Steps taken; the last is the steady one.
        settled: From some step on nothing changed any more; else there was no end to it in sight, or the
            steps were cut short since they take too many operations.
        state_bytes: Live bytes beyond parameters and gradients after the last step; ``declared_bytes`` of
            them are reachable from ``optimizer.state``, ``hidden_bytes`` are not.
        first_transient_bytes: Most bytes of temporaries during the first step, above what is live at its end.
        steady_transient_bytes: The same for the last step.
        replayed: Reads of a tensor's values that were answered with what a small real run had read there.
    """

    model: str
    optimizer: str
    device: Literal["cpu", "cuda"]
    stand_in: bool
    implementation: Literal["default", "for-loop", "foreach", "fused"]
    options: tuple[Option, ...]
    steps: int
    settled: bool
    parameter_bytes: int
    gradient_bytes: int
    state_bytes: int
    declared_bytes: int
    hidden_bytes: int
    buffers: tuple[BufferMemory, ...]
    first_transient_bytes: int
    steady_transient_bytes: int
    replayed: int

    @property
    def peak_transient_bytes(self) -> int:
        """The larger of the two peaks: what has to fit."""
        return max(self.first_transient_bytes, self.steady_transient_bytes)

    @property
    def total_bytes(self) -> int:
        """Parameters, gradients, state and the larger peak."""
        held = self.parameter_bytes + self.gradient_bytes + self.state_bytes
        return held + self.peak_transient_bytes


class Unscaled(Record, frozen=True, kw_only=True):
    """A model on which the optimizer could not be simulated, and why."""

    model: str
    device: Literal["cpu", "cuda"]
    failure: Failure


class SelfCheck(Record, frozen=True, kw_only=True):
    """The same steps on a model of middle size, simulated and real, and real again with other values.

    Attributes:
        parameter_bytes: Of the model, in the first dtype.
        exact: State and step peak agree to the byte in every step, and real runs agree among themselves.
        state_residual: Largest difference of state in any step, simulated less real, in bytes.
        transient_residual: The same for the step peak.
        dtypes: Those of the simulated models in which the check could be run; empty in records made before
            version 1.3.
        state_spread: Largest difference of state between two real runs on the same shapes with other weights
            and gradients, in bytes. Where it is not zero, no figure can be told from shapes alone.
        transient_spread: The same for the step peak.
    """

    parameter_bytes: int
    steps: int
    exact: bool
    state_residual: int
    transient_residual: int
    dtypes: tuple[Dtype, ...] = ()
    state_spread: int = 0
    transient_spread: int = 0

    @property
    def decided_by_values(self) -> bool:
        """Whether real runs on the same shapes took different bytes."""
        return bool(self.state_spread or self.transient_spread)


class ScalingLaw(Record, frozen=True, kw_only=True):
    """Bytes for an m by n matrix of float32 as a sum of terms, m below n.

    Attributes:
        bytes_by_term: Coefficients of ``m*n``, ``m*m``, ``n*n``, ``m``, ``n`` and ``1`` that are not zero.
        exact: It gives, to the byte, what was simulated on sizes that it was not solved on.
    """

    quantity: Literal["state", "step peak"]
    bytes_by_term: dict[str, float]
    exact: bool


class ScaleEvidence(Record, frozen=True, kw_only=True):
    """All that was simulated; ``check`` is None where the check itself could not be run."""

    models: tuple[Model, ...]
    runs: tuple[ScaleRun, ...]
    references: tuple[ScaleRun, ...]
    unscaled: tuple[Unscaled, ...]
    check: SelfCheck | None
    laws: tuple[ScalingLaw, ...] = ()
