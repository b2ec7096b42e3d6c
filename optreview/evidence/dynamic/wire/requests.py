"""What the caller asks of the template, and what it says about every job."""

from __future__ import annotations

from typing import Literal

from optreview.evidence.dynamic import dtypes
from optreview.evidence.dynamic.wire.message import Message
from optreview.records import (
    KnownRule,
    ModelShapes,
    Option,
    Sweep,
    Target,
)
from optreview.records.common import Record

Device = Literal["auto", "cpu", "cuda"]


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
            small model; what is asked for by name is traced, extracted and simulated all the same.
        only_memory: Measure only what the gate goes by: the usual dtypes and paths, the options, growth, and
            the models.
        probes: Names of the probes to ask; None for all.
        models: Models to simulate the optimizer on; ``unchecked``: the simulation itself was checked before.
        rule: Extract the update rule.
        rule_options: Constructor arguments under which it is extracted, as they are.
        known: Rules that it is compared with.
    """

    target: Target
    options: tuple[Option, ...] = ()
    also: tuple[Option, ...] = ()
    files: tuple[str, ...] = ()
    traces: tuple[tuple[Option, ...], ...] = ((),)
    only_traces: bool = False
    only_memory: bool = False
    probes: tuple[str, ...] | None = None
    models: tuple[ModelShapes, ...] = ()
    unchecked: bool = False
    rule: bool = False
    rule_options: tuple[Option, ...] = ()
    known: tuple[KnownRule, ...] = ()


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


class Measure(Message, frozen=True, kw_only=True):
    """Run the job in a boxed child; the reply pipe travels with the message."""

    job: Job


class Reference(Message, frozen=True, kw_only=True):
    """Measure ``torch.optim.AdamW`` on the workload less some tensors, in a child without reviewed code.

    Attributes:
        paths: Its other paths as well, not the default one alone.
    """

    workload: str
    omitted: tuple[str, ...]
    dtypes: tuple[str, ...] = dtypes.USUAL
    paths: bool = True


class ScaleReference(Message, frozen=True, kw_only=True):
    """Simulate ``torch.optim.AdamW`` on a model, each of its paths, in a child without reviewed code."""

    model: ModelShapes


class Describe(Message, frozen=True, kw_only=True):
    """Call the function that the target names in a boxed child, and list the parameters of its model.

    Attributes:
        batches: Batch sizes for which activations are counted, where the function gives batches too.
    """

    target: Target
    batches: tuple[int, ...] = ()


class Enumerate(Message, frozen=True, kw_only=True):
    """Import the registry that the target names in a boxed child, and list the optimizers that it holds."""

    target: Target


class Follow(Message, frozen=True, kw_only=True):
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


class Compare(Message, frozen=True, kw_only=True):
    """Simulate the job's class on its models, step by step, with its options set, and run it as well.

    Attributes:
        simulated: Take the steps on tensors without values.
        draws: Take the steps on real tensors, each time with the values of this draw, and each time in a
            process that has simulated nothing; no draw is that of a rehearsal, which is zero.
        foreach: Models to step on along the multi-tensor path too, where the class takes that option.
    """

    job: Job
    simulated: bool = True
    draws: tuple[int, ...] = (1,)
    foreach: tuple[str, ...] = ()


class Time(Message, frozen=True, kw_only=True):
    """Time steps of the job's class at its defaults beside those of AdamW along a path."""

    job: Job
    beside: Literal["default", "for-loop", "foreach", "fused"]


class Train(Message, frozen=True, kw_only=True):
    """Train the job's class on the small tasks; without a job AdamW, in a child without reviewed code.

    Attributes:
        setting: What of the class is tried.
        tasks: Their names.
    """

    job: Job | None = None
    setting: Sweep = Sweep()
    tasks: tuple[str, ...]


class Script(Record, frozen=True, kw_only=True):
    """Lines to run as they are, then those that make an optimizer of them; ``search``: lines of a search."""

    text: str
    completion: str = ""
    search: bool = False


class Rehearse(Message, frozen=True, kw_only=True):
    """Run recommended lines on a small model; ``step`` are the lines of one step."""

    target: Target
    step: str
    scripts: tuple[Script, ...]


class End(Message, frozen=True, kw_only=True):
    """Kill whatever is left of the child and of everything that it started."""


#: A request that is done in a child.
Work = (
    Measure | Reference | ScaleReference | Describe | Enumerate | Follow | Compare | Time | Train | Rehearse
)
Request = Work | End
