"""Messages between the caller, the template process and a boxed child, and how they are framed.

A frame is a four-byte big-endian length and that many bytes of JSON. Nothing is ever unpickled, so the worst
that a hostile sender can do is to say something untrue.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from optreview.evidence.dynamic import dtypes
from optreview.records import (
    Box,
    Combination,
    DtypeRun,
    Environment,
    Failure,
    Growth,
    Measurement,
    MemoryRun,
    ModelShapes,
    ModelTensor,
    Option,
    OptionRun,
    Recipe,
    ScaleRun,
    ScalingLaw,
    SelfCheck,
    Target,
    Timing,
    Trace,
    Unscaled,
    Workload,
)
from optreview.records.common import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Largest accepted frame, in bytes: from reviewed code; from the caller, who may name many thousand tensors.
LARGEST_FRAME, LARGEST_REQUEST = 1 << 20, 1 << 26
_HEADER = struct.Struct(">I")

Device = Literal["auto", "cpu", "cuda"]

#: The phase in which the reviewed module is imported.
IMPORTING = "importing"


class GarbledError(Exception):
    """The bytes received are not a frame, or not a message."""


class _Message(Record, frozen=True, kw_only=True, tag=True):
    pass


class Limits(Record, frozen=True, kw_only=True):
    """What one job may use.

    Attributes:
        wall_seconds: Wall-clock seconds until the class has been driven, and then for each measurement.
        memory_bytes: Address space a process.
        processes: Processes at once.
        sandboxed: Whether it is kept from everything else; without, these limits are all there is.
    """

    wall_seconds: float = 60.0
    memory_bytes: int = 8 << 30
    processes: int = 64
    sandboxed: bool = True

    @property
    def total_seconds(self) -> float:
        """What all measurements of one class may take, so that one that hangs leaves time for others."""
        return 3 * self.wall_seconds

    @property
    def total_bytes(self) -> int:
        """What all processes of one class may take."""
        return 3 * self.memory_bytes


class Job(Record, frozen=True, kw_only=True):
    """One class to measure, and the options to flip, each alone. ``target.class_name`` is set.

    Attributes:
        files: The files at whose lines a traced run says what happened, named as in ``Location``.
        traces: The configurations to trace, each by the constructor's arguments that it sets.
        also: Numbers of zero, switched on: beside them, options that did nothing are tried again.
        only_traces: Measure nothing beyond the first run, which finds out how to drive the class, on the
            small model.
        probes: Names of the probes to ask; None for all.
        models: Models to simulate the optimizer on.
    """

    target: Target
    options: tuple[Option, ...] = ()
    also: tuple[Option, ...] = ()
    files: tuple[str, ...] = ()
    traces: tuple[tuple[Option, ...], ...] = ((),)
    only_traces: bool = False
    probes: tuple[str, ...] | None = None
    models: tuple[ModelShapes, ...] = ()


class Setup(Record, frozen=True, kw_only=True):
    """What the template process is started with.

    Attributes:
        simulates: Jobs will have models to simulate on.
        native: Use the processor's own kernels.
        home: The user's home folder, which the box keeps out of reach.
    """

    device: Device
    limits: Limits
    home: str
    simulates: bool = False
    native: bool = False


# From the caller to the template.


class Measure(_Message, frozen=True, kw_only=True):
    """Run the job in a boxed child; the reply pipe travels with the message."""

    job: Job


class Reference(_Message, frozen=True, kw_only=True):
    """Measure ``torch.optim.AdamW`` on the workload less some tensors, in a child without reviewed code."""

    workload: str
    omitted: tuple[str, ...]
    dtypes: tuple[str, ...] = dtypes.USUAL


class ScaleReference(_Message, frozen=True, kw_only=True):
    """Simulate ``torch.optim.AdamW`` on a model, each of its paths, in a child without reviewed code."""

    model: ModelShapes


class Describe(_Message, frozen=True, kw_only=True):
    """Call the function that the target names in a boxed child, and list the parameters of its model."""

    target: Target


class Follow(_Message, frozen=True, kw_only=True):
    """Run the job's class in many settings and say, step by step, what became of everything it touches.

    Attributes:
        also: Options to set along with those of the job: numbers of zero, switched on.
        alone: Options to set by themselves: numbers switched off.
        instead: A JSON file with source texts to import in place of files, by path; empty for none.
        watched: Paths of files whose executed lines are wanted.
    """

    job: Job
    also: tuple[Option, ...] = ()
    alone: tuple[Option, ...] = ()
    instead: str = ""
    watched: tuple[str, ...] = ()


class Compare(_Message, frozen=True, kw_only=True):
    """Simulate the job's class on its models, step by step, with its options set, and run it as well.

    Attributes:
        real: Also take the steps on real tensors, in a process that has simulated nothing.
        foreach: Models to step on along the multi-tensor path too, where the class takes that option.
    """

    job: Job
    real: bool = True
    foreach: tuple[str, ...] = ()


class Time(_Message, frozen=True, kw_only=True):
    """Time steps of the job's class at its defaults beside those of AdamW along a path."""

    job: Job
    beside: Literal["default", "for-loop", "foreach", "fused"]


class End(_Message, frozen=True, kw_only=True):
    """Kill whatever is left of the child and of everything that it started."""


#: A request that is done in a child.
Work = Measure | Reference | ScaleReference | Describe | Follow | Compare | Time
Request = Work | End

# From the template to the caller.

Excess = Literal["processes", "memory"]


class Ready(_Message, frozen=True, kw_only=True):
    """The template is warm: what the figures depend on, and which protections every child gets."""

    environment: Environment
    box: Box


class Exited(_Message, frozen=True, kw_only=True):
    """The child ended: its exit status, or a negative signal number.

    Attributes:
        excess: What all its processes together took too much of, so that it was killed.
    """

    status: int
    excess: Excess | None = None


class Ended(_Message, frozen=True, kw_only=True):
    """Nothing of the child is left."""


Notice = Ready | Exited | Ended

# From the boxed child to the caller.

_Phrase = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+\Z")]


class Announce(_Message, frozen=True, kw_only=True):
    """What begins now, as words that fit after "did not finish"."""

    phase: _Phrase


class Driven(_Message, frozen=True, kw_only=True):
    """The optimizer could be built and moves the weights: how, and on what."""

    workload: Workload
    recipe: Recipe


class Ran(_Message, frozen=True, kw_only=True):
    """One measured run of the subject or, in answer to ``Reference``, of AdamW."""

    run: MemoryRun


class OptionRan(_Message, frozen=True, kw_only=True):
    """One option, measured or not."""

    option_run: OptionRun


class DtypeRan(_Message, frozen=True, kw_only=True):
    """One further dtype, measured or refused."""

    dtype_run: DtypeRun


class Combined(_Message, frozen=True, kw_only=True):
    """An option that did nothing by itself, tried again."""

    combination: Combination


class Grown(_Message, frozen=True, kw_only=True):
    """How state developed over many steps."""

    growth: Growth


class Probed(_Message, frozen=True, kw_only=True):
    """What one probe found."""

    measurement: Measurement


class Scaled(_Message, frozen=True, kw_only=True):
    """One simulated run; ``omitted`` are the model's tensors that the optimizer was not given."""

    run: ScaleRun
    omitted: tuple[str, ...] = ()


class NotScaled(_Message, frozen=True, kw_only=True):
    """A model on which it could not be simulated."""

    unscaled: Unscaled


class Checked(_Message, frozen=True, kw_only=True):
    """A simulation beside the real run."""

    check: SelfCheck


class Grows(_Message, frozen=True, kw_only=True):
    """How memory grows with the sides of a matrix."""

    laws: tuple[ScalingLaw, ...]


class Described(_Message, frozen=True, kw_only=True):
    """The parameters of the user's model."""

    tensors: tuple[ModelTensor, ...]


class Traced(_Message, frozen=True, kw_only=True):
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


class Followed(_Message, frozen=True, kw_only=True):
    """One setting, run."""

    trail: Trail


class Stepped(_Message, frozen=True, kw_only=True):
    """What the steps on one model came to, simulated or real.

    Attributes:
        levels: After each step, the bytes of state, and the step's peak above what was live at its end.
        seconds: Processor time.
        failure: Why there are no levels.
    """

    model: str
    implementation: Literal["default", "foreach"]
    real: bool
    levels: tuple[tuple[int, int], ...] = ()
    seconds: float = 0.0
    failure: Failure | None = None


class Timed(_Message, frozen=True, kw_only=True):
    """What timing came to."""

    timing: Timing


class Problem(_Message, frozen=True, kw_only=True):
    """Something could not be measured."""

    failure: Failure


class Finished(_Message, frozen=True, kw_only=True):
    """The child has said all it has to say."""


class Trouble(_Message, frozen=True, kw_only=True):
    """An attempt to drive the optimizer failed; it stays inside the box, where another protocol is tried.

    Attributes:
        stage: Where: while building, while stepping, without moving any weight, or on too large a workload.
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
    | OptionRan
    | Combined
    | DtypeRan
    | Grown
    | Probed
    | Scaled
    | NotScaled
    | Checked
    | Grows
    | Described
    | Traced
    | Followed
    | Stepped
    | Timed
    | Problem
    | Finished
)

read_request = msgspec.json.Decoder(Request)
read_notice = msgspec.json.Decoder(Notice)
read_reply = msgspec.json.Decoder(Reply)
read_phase = msgspec.json.Decoder(Reply | Trouble)


def frame(message: msgspec.Struct) -> bytes:
    """Encode a message with its length before it."""
    payload = msgspec.json.encode(message)
    return _HEADER.pack(len(payload)) + payload


class Frames:
    """Cuts a byte stream back into frames."""

    def __init__(self, largest: int = LARGEST_FRAME) -> None:
        self._pending = bytearray()
        self._largest = largest

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Add what was read and yield every frame that is now complete.

        Raises:
            GarbledError: A frame claims to be larger than is accepted.
        """
        self._pending += data
        while len(self._pending) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._pending)
            if length > self._largest:
                raise GarbledError("a frame is larger than allowed")
            if len(self._pending) < _HEADER.size + length:
                return
            payload = bytes(self._pending[_HEADER.size : _HEADER.size + length])
            del self._pending[: _HEADER.size + length]
            yield payload
