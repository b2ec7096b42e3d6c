"""What a boxed child says: what it measured, and what it could not."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from optreview.evidence.dynamic.wire.message import Message
from optreview.records import (
    Activations,
    Combination,
    DtypeRun,
    Failure,
    Growth,
    Measurement,
    MemoryRun,
    ModelTensor,
    OptionRun,
    Package,
    Recipe,
    Response,
    ScaleRun,
    ScalingLaw,
    SelfCheck,
    TaskTraining,
    Timing,
    Trace,
    Tried,
    Unscaled,
    UpdateRule,
    Workload,
)
from optreview.records.common import Record
from optreview.records.memory import Share

#: The phase in which the reviewed module is imported.
IMPORTING = "importing"

_Phrase = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+\Z")]

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300, pattern=r"^[\w<>]+(\.[\w<>]+)*\Z")]


class Announce(Message, frozen=True, kw_only=True):
    """What begins now, as words that fit after "did not finish"."""

    phase: _Phrase


class Driven(Message, frozen=True, kw_only=True):
    """The optimizer could be built and moves the weights: how, on what, and beside which packages."""

    workload: Workload
    recipe: Recipe
    packages: tuple[Package, ...] = ()


class Ran(Message, frozen=True, kw_only=True):
    """One measured run of the subject, and how its state is divided among families of shapes."""

    run: MemoryRun
    shares: tuple[Share, ...] = ()


class Referred(Message, frozen=True, kw_only=True):
    """Runs of AdamW, in answer to ``Reference``."""

    runs: tuple[MemoryRun, ...]


class OptionRan(Message, frozen=True, kw_only=True):
    """One option, measured or not."""

    option_run: OptionRun


class DtypeRan(Message, frozen=True, kw_only=True):
    """One further dtype, measured or refused."""

    dtype_run: DtypeRun


class Combined(Message, frozen=True, kw_only=True):
    """An option that did nothing by itself, tried again."""

    combination: Combination


class Grown(Message, frozen=True, kw_only=True):
    """How state developed over many steps."""

    growth: Growth


class Behaved(Message, frozen=True, kw_only=True):
    """What it did in every scenario, and its lr."""

    lr: float | None
    responses: tuple[Response, ...]


class Probed(Message, frozen=True, kw_only=True):
    """What one or more probes found."""

    measurements: tuple[Measurement, ...]


class Trained(Message, frozen=True, kw_only=True):
    """How one of the small tasks went."""

    training: TaskTraining


class Extracted(Message, frozen=True, kw_only=True):
    """The update rule, as far as it could be extracted."""

    rule: UpdateRule


class Scaled(Message, frozen=True, kw_only=True):
    """One simulated run; ``omitted`` are the model's tensors that the optimizer was not given."""

    run: ScaleRun
    omitted: tuple[str, ...] = ()


class NotScaled(Message, frozen=True, kw_only=True):
    """A model on which it could not be simulated."""

    unscaled: Unscaled


class Checked(Message, frozen=True, kw_only=True):
    """A simulation beside the real run."""

    check: SelfCheck


class Grows(Message, frozen=True, kw_only=True):
    """How memory grows with the sides of a matrix."""

    laws: tuple[ScalingLaw, ...]


class Described(Message, frozen=True, kw_only=True):
    """The parameters of the user's model, and what it holds besides; as in ``ModelShapes``."""

    tensors: tuple[ModelTensor, ...]
    held: int = 0
    activations: tuple[Activations, ...] = ()
    unrun: str = ""


class Entry(Record, frozen=True, kw_only=True):
    """A class in a registry: its ``__module__`` and ``__qualname__``."""

    module: _Name
    name: _Name


class Enumerated(Message, frozen=True, kw_only=True):
    """The optimizer classes that a registry holds, in its order."""

    entries: tuple[Entry, ...]


class Traced(Message, frozen=True, kw_only=True):
    """What a traced run did, and where."""

    trace: Trace


class Trail(Record, frozen=True, kw_only=True):
    """What one setting came to.

    Attributes:
        setting: Its options as source text, or what else is special about it.
        steps: After each step, a hash for each part: parameters, gradients, what ``step`` returned, state.
        error: What it raised, as ``Type: text``; the steps before that are there.
        state_bytes: Live bytes beyond the parameters after the last step.
        peak_bytes: Most live bytes at any moment of the last step.
        recorded: Tensors of the state that require gradients after the last step.
        lines: Lines executed so far, in the order of ``Follow.watched``.
    """

    setting: str
    steps: tuple[dict[str, str], ...]
    error: str | None = None
    state_bytes: int = 0
    peak_bytes: int = 0
    recorded: int = 0
    lines: tuple[tuple[int, ...], ...] = ()


class Followed(Message, frozen=True, kw_only=True):
    """One setting, run."""

    trail: Trail


class Stepped(Message, frozen=True, kw_only=True):
    """What the steps on one model came to, simulated or real.

    Attributes:
        draw: Which values a real run drew; None where it was simulated.
        levels: After each step, the bytes of state, and the step's peak above what was live at its end.
        seconds: Processor time.
        failure: Why there are no levels.
    """

    model: str
    implementation: Literal["default", "foreach"]
    draw: int | None
    levels: tuple[tuple[int, int], ...] = ()
    seconds: float = 0.0
    failure: Failure | None = None


class Timed(Message, frozen=True, kw_only=True):
    """What timing came to."""

    timing: Timing


class Rehearsed(Message, frozen=True, kw_only=True):
    """What became of each script."""

    tried: tuple[Tried, ...]


class Problem(Message, frozen=True, kw_only=True):
    """Something could not be measured."""

    failure: Failure


class Finished(Message, frozen=True, kw_only=True):
    """The child has said all it has to say."""


class Glimpsed(Message, frozen=True, kw_only=True):
    """The figures of a run by which it is compared with another; they stay inside the box.

    They are what ``MemoryRun`` calls by the same names.
    """

    trajectory: str
    finite: bool
    steps: int
    state_bytes: int
    steady_transient_bytes: int


class Trouble(Message, frozen=True, kw_only=True):
    """An attempt to drive the optimizer failed; it stays inside the box, where another protocol is tried.

    Attributes:
        stage: Where: while building, while stepping, without moving any weight, or on too large a workload,
            which takes too many operations or too much memory.
        error: What the optimizer said, as ``Type: text``.
        failure: What to report if no other protocol helps.
    """

    stage: Literal["build", "step", "still", "heavy"]
    error: str
    failure: Failure


Reply = (
    Announce
    | Driven
    | Ran
    | Referred
    | OptionRan
    | Combined
    | DtypeRan
    | Grown
    | Behaved
    | Probed
    | Extracted
    | Trained
    | Scaled
    | NotScaled
    | Checked
    | Grows
    | Described
    | Enumerated
    | Traced
    | Followed
    | Stepped
    | Timed
    | Rehearsed
    | Problem
    | Finished
)
#: What a phase may say besides; it goes no further than to the process that began the phase.
Inside = Trouble | Glimpsed
