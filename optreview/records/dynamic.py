"""Dynamic evidence: what was measured by running the optimizer in the box."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from optreview.records.common import BufferKind, Location, Measurement, Position, Record, Role


class Option(Record, frozen=True, kw_only=True):
    """One hyperparameter set away from its default; ``value`` is Python source text."""

    name: str
    value: str


class TensorShape(Record, frozen=True, kw_only=True):
    """A parameter tensor of a workload."""

    name: str
    shape: tuple[int, ...]


class Workload(Record, frozen=True, kw_only=True):
    """The model an optimizer was run on; ``omitted`` are tensors the optimizer refuses (say, 1-D ones)."""

    name: str
    tensors: tuple[TensorShape, ...]
    omitted: tuple[TensorShape, ...] = ()


class BufferMemory(Record, frozen=True, kw_only=True):
    """Measured bytes of one state key, summed over the parameter tensors, each storage counted once.

    Attributes:
        key: Path in the optimizer's state, such as ``exp_avg`` or ``hidden:_buffer``.
        bytes: Storage bytes.
        tensors: Number of tensors found under the key.
        dtypes: Inner dtypes, sorted.
        like_parameter: How many of those tensors have exactly their parameter's shape.
        scalars: How many hold a single element.
        numbers: How many entries are Python numbers rather than tensors (they hold no tensor bytes).
    """

    key: str
    bytes: int
    tensors: int
    dtypes: tuple[str, ...]
    like_parameter: int
    scalars: int
    numbers: int = 0


class MemoryRun(Record, frozen=True, kw_only=True):
    """One optimizer, one dtype, one configuration: bytes after ``steps`` steps.

    Attributes:
        optimizer: Qualified name, so that reference runs stand beside the subject's.
        implementation: ``default``, ``for-loop`` or ``foreach``: what was asked for.
        state_bytes: Live bytes that appeared since construction began, less parameters and gradients;
            every storage counted once. ``declared_bytes`` of it are reachable from ``optimizer.state``.
        hidden_bytes: ``state_bytes - declared_bytes``.
        first_transient_bytes: Peak live bytes inside the first step above what is live when it ends.
        steady_transient_bytes: The same for the last step.
        operations: aten operations dispatched by the last step.
        host_syncs: Reads from tensor to Python scalar in the last step.
        series: ``state_bytes`` after each step.
        trajectory: Hash of the final parameters, to tell whether an option changed anything.
        finite: All final parameters are finite.
        moved_at: First step after which a parameter had changed, or None.
        gradients_mutated: A gradient's values differed after the step, in any step.
    """

    optimizer: str
    dtype: str
    device: str
    implementation: Literal["default", "for-loop", "foreach"]
    options: tuple[Option, ...]
    steps: int
    parameter_bytes: int
    state_bytes: int
    declared_bytes: int
    hidden_bytes: int
    buffers: tuple[BufferMemory, ...]
    first_transient_bytes: int
    steady_transient_bytes: int
    operations: int
    host_syncs: int
    series: tuple[int, ...]
    trajectory: str
    finite: bool
    moved_at: int | None
    gradients_mutated: bool


class Failure(Record, frozen=True, kw_only=True):
    """Why something could not be run: a class of failure, and one sentence for people.

    Attributes:
        kind: Stable name, such as ``import-failed``, ``build-failed``, ``timeout``, ``memory-limit``.
        message: One sentence; text that came from the reviewed code is quoted in it and untrusted.
        missing_package: The distribution to install, when that is the remedy.
    """

    kind: str
    message: str
    missing_package: str | None = None


class OptionRun(Record, frozen=True, kw_only=True):
    """What one option costs: the run with it, or why it could not be run. Exactly one of the two is set."""

    option: Option
    run: MemoryRun | None = None
    failure: Failure | None = None


class Recipe(Record, frozen=True, kw_only=True):
    """How the optimizer was built and driven.

    Attributes:
        protocol: Name of the driving protocol (the file's name), such as ``plain`` or ``closure``.
        arguments: Constructor arguments beyond the parameters.
        snippet: Python lines that do the same by hand.
        ordinary_loop: A training loop of ``backward()`` and ``step()`` drives it, whatever building it took.
    """

    protocol: str
    arguments: tuple[Option, ...]
    snippet: str
    ordinary_loop: bool


class Growth(Record, frozen=True, kw_only=True):
    """Whether state keeps growing: judged on a small workload over many steps with fresh gradients."""

    verdict: Literal["constant", "bounded", "growing"]
    steps: int
    settled_at: int | None
    parameter_bytes: int
    state_bytes: int


class Observation(Record, frozen=True, kw_only=True):
    """Something that a traced run did at one place of the source, once however often it happened there.

    Attributes:
        kind: ``in-place``: a tensor was written into; ``host-read``: Python was handed values of a tensor, or
            a shape that depends on them, and the tensor follows the parameters to their device;
            ``allocation``: a tensor as large as a parameter was made.
        location: Where the innermost expression of the package begins; a call of a method that stands on a
            line of its own begins at the method's name.
        role: What the tensor that was written into is; None for other kinds.
        state_key: The key of ``state[p]`` that holds it; None for state that is held elsewhere.
    """

    kind: Literal["in-place", "host-read", "allocation"]
    location: Location
    end: Position
    role: Role | None = None
    state_key: str | None = None


class KeptState(Record, frozen=True, kw_only=True):
    """A key of ``state[p]`` in a traced run.

    Attributes:
        kinds: What was kept under it for one parameter or another, sorted; empty where it was always None.
        created: The line that first put it there, None where that was outside the package's files.
        inherited: Another optimizer that the subject drives put it there.
    """

    key: str
    kinds: tuple[BufferKind, ...]
    created: Location | None = None
    inherited: bool = False


class ExecutedLines(Record, frozen=True, kw_only=True):
    """The lines of a file that ran, as ranges: ``12-15, 18``."""

    file: str
    lines: Annotated[str, msgspec.Meta(pattern=r"^\d+(-\d+)?(, \d+(-\d+)?)*\Z", max_length=40_000)]


class Trace(Record, frozen=True, kw_only=True):
    """What happened where in a few steps, with the constructor's arguments in ``options`` set.

    Attributes:
        gradients_mutated: A gradient's values differed after a step.
        complete: False when there was more than a record holds.
    """

    options: tuple[Option, ...]
    steps: int
    observations: tuple[Observation, ...]
    state: tuple[KeptState, ...]
    executed: tuple[ExecutedLines, ...]
    gradients_mutated: bool
    complete: bool = True


class Environment(Record, frozen=True, kw_only=True):
    """What the figures depend on. Local version labels are dropped so that records travel."""

    python: str
    torch: str
    system: str
    device: str


class Box(Record, frozen=True, kw_only=True):
    """The protections that were active around the reviewed code, and those that were not, each with why."""

    active: tuple[str, ...]
    inactive: tuple[str, ...]


class DynamicEvidence(Record, frozen=True, kw_only=True):
    """All that was measured by running the optimizer in the box; claims of boxed code, checked on arrival."""

    environment: Environment
    box: Box
    workload: Workload
    recipe: Recipe
    runs: tuple[MemoryRun, ...]
    references: tuple[MemoryRun, ...]
    options: tuple[OptionRun, ...]
    growth: Growth | None
    failures: tuple[Failure, ...]
    measurements: tuple[Measurement, ...]
    traces: tuple[Trace, ...] = ()
