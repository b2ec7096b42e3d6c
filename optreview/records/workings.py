"""What a step does, as the source shows it; ``not decided`` is an answer."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Location, Record


class Site(Record, frozen=True, kw_only=True):
    """A place where something happens.

    Attributes:
        gate: Source text of the conditions that choose this place; None when every step comes here.
        certain: Whether it happens on every step that comes here: False for what only may happen.
        path: The function around it that an option chose among several; None where none is chosen.
    """

    location: Location
    expression: str
    gate: str | None = None
    certain: bool = True
    path: str | None = None


class WeightDecay(Record, frozen=True, kw_only=True):
    """Whether weight decay is added to the gradient, or to the update or the parameters (``decoupled``)."""

    coupling: Literal["coupled", "decoupled", "both", "none", "not decided"]
    coupled: tuple[Site, ...] = ()
    decoupled: tuple[Site, ...] = ()


class Correction(Record, frozen=True, kw_only=True):
    """One minus a hyperparameter to the power of the step, and the buffers averaged with the same weight."""

    site: Site
    buffers: tuple[str, ...] = ()


class BiasCorrection(Record, frozen=True, kw_only=True):
    """Whether averages that start at zero are corrected for it, and by what."""

    present: Literal["yes", "no", "not decided"]
    corrections: tuple[Correction, ...] = ()


class GradientMutation(Record, frozen=True, kw_only=True):
    """Whether ``step`` writes into ``p.grad``."""

    answer: Literal["yes", "on some paths", "no", "not decided"]
    sites: tuple[Site, ...] = ()


class ComplexVerdict(Record, frozen=True, kw_only=True):
    """What the source does with complex parameters."""

    handling: Literal["viewed as real", "rejected", "asked for", "unmentioned", "not decided"]
    locations: tuple[Location, ...] = ()


class ExecutionPath(Record, frozen=True, kw_only=True):
    """A way to run the step other than one tensor after the other, and the options that choose it."""

    kind: Literal["foreach", "fused", "capturable", "differentiable", "compiled"]
    options: tuple[str, ...]
    locations: tuple[Location, ...]


class ClosureProtocol(Record, frozen=True, kw_only=True):
    """How ``step`` treats a closure.

    Attributes:
        argument: Whether ``step`` takes one.
        calls: How often one step calls it; a wrapper may pass it on to the optimizer it holds.
        grad: Whether autograd records during the call.
        returns_loss: Whether ``step`` hands back what the closure returned.
        locations: Where it is called.
    """

    argument: Literal["optional", "required", "not accepted", "not decided"]
    calls: Literal["never", "once", "several times", "in a loop", "passed on", "not decided"]
    grad: Literal["enabled", "disabled", "on some paths", "not called"]
    returns_loss: Literal["yes", "on some paths", "no", "not decided"]
    locations: tuple[Location, ...] = ()


class HeldOptimizer(Record, frozen=True, kw_only=True):
    """Another optimizer that this one keeps and lets make the step."""

    attribute: str
    how: Literal["given as an argument", "built inside"]
    location: Location


Touched = Literal["gradients", "parameters", "state"]


class MethodAside(Record, frozen=True, kw_only=True):
    """A public method that touches gradients or writes parameters or state, and that ``step`` never calls."""

    name: str
    location: Location
    touches: tuple[Touched, ...]


PhaseName = Literal[
    "closure",
    "gradients",
    "sparse gradients",
    "complex numbers",
    "state initialisation",
    "gradient change",
    "weight decay",
    "state update",
    "bias correction",
    "parameter update",
    "call",
]


class Phase(Record, frozen=True, kw_only=True):
    """A stretch of lines of one function that serves one purpose.

    Attributes:
        function: The function that the lines are in; ``step`` reaches it.
        calls: For a ``call``, the function of several purposes that is called there.
        defined: Where the function's ``def`` stands; None in records of earlier versions.
    """

    name: PhaseName
    function: str
    location: Location
    end_line: int
    calls: str | None = None
    defined: Location | None = None


class Workings(Record, frozen=True, kw_only=True):
    """How ``step`` works.

    Attributes:
        phases: What it does, function by function in the order of execution, each in the order of its lines.
        temporaries: Operations that make a new tensor of the parameter's size, leaving aside the first step.
        host_syncs: Places that wait for the device to hand a value to Python.
        aside: What has to be called by hand.
    """

    phases: tuple[Phase, ...]
    weight_decay: WeightDecay
    bias_correction: BiasCorrection
    gradient_mutation: GradientMutation
    temporaries: tuple[Site, ...]
    host_syncs: tuple[Site, ...]
    complex_numbers: ComplexVerdict
    paths: tuple[ExecutionPath, ...]
    closure: ClosureProtocol
    holds: tuple[HeldOptimizer, ...]
    aside: tuple[MethodAside, ...] = ()
