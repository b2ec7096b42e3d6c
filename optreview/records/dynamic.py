"""Dynamic evidence: what was measured by running the optimizer in the box."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from optreview.records.behaviour import BehaviourCard
from optreview.records.common import BufferKind, Location, Measurement, Position, Record, Role
from optreview.records.memory import Failure, MemoryRun, Option, TensorShape
from optreview.records.rule import UpdateRule
from optreview.records.scale import ModelTensor, ScaleEvidence
from optreview.records.surroundings import Box, Environment, Package
from optreview.records.training import Training


class Workload(Record, frozen=True, kw_only=True):
    """The model an optimizer was run on; ``omitted`` are tensors the optimizer refuses (say, 1-D ones)."""

    name: str
    tensors: tuple[TensorShape, ...]
    omitted: tuple[TensorShape, ...] = ()


class OptionRun(Record, frozen=True, kw_only=True):
    """What one option costs: the run with it, or why it could not be run. Exactly one of the two is set."""

    option: Option
    run: MemoryRun | None = None
    failure: Failure | None = None


class Combination(Record, frozen=True, kw_only=True):
    """An option that moved no weight by itself, or could not be run, with others set or in another dtype.

    Attributes:
        changes: Some bit of the weights differs from the same run without the option.
        state_change: Bytes of state more than without it, or fewer.
        peak_change: Bytes of the steady step's peak more than without it, or fewer.
    """

    option: Option
    together: tuple[Option, ...]
    dtype: str
    changes: bool
    state_change: int = 0
    peak_change: int = 0


class DtypeRun(Record, frozen=True, kw_only=True):
    """A run with parameters of a further dtype, or what the optimizer said to it. One of the two is set.

    Attributes:
        dtype: ``float16``, ``float64``, or ``mixed``: bfloat16 weights and float32 norms.
        workload: The name of the model; its tensors that the optimizer was given follow, each with its dtype.
        omitted: Names of its other tensors.
    """

    dtype: Literal["float16", "float64", "mixed"]
    workload: str
    tensors: tuple[ModelTensor, ...]
    omitted: tuple[str, ...] = ()
    run: MemoryRun | None = None
    failure: Failure | None = None


class RecipeLines(Record, frozen=True, kw_only=True):
    """The lines of a recipe's snippet one by one, so that others can be made of them.

    Attributes:
        before: What has to be there before the model.
        parameters: The constructor's first argument, and ``only``: the condition on the tensors ``p`` in it.
        after: What has to follow once the optimizer is built.
        step: One step, given ``model`` and ``optimizer``.
    """

    before: str
    parameters: str
    only: str
    after: str
    step: str


class Recipe(Record, frozen=True, kw_only=True):
    """How the optimizer was built and driven.

    Attributes:
        protocol: Name of the driving protocol (the file's name), such as ``plain`` or ``closure``.
        arguments: Constructor arguments beyond the parameters.
        snippet: Python lines that do the same by hand.
        ordinary_loop: A training loop of ``backward()`` and ``step()`` drives it, whatever building it took.
        protocols: Names of all protocols that were needed; empty in records made before version 1.3.
        notes: What the lines alone do not tell: values that stand for the user's own, a path that was chosen.
        lines: The snippet in parts; None in records made before version 1.5.
        under: What its parameter groups hold beside the constructor's own, in words: all figures are of that.
    """

    protocol: str
    arguments: tuple[Option, ...]
    snippet: str
    ordinary_loop: bool
    protocols: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lines: RecipeLines | None = None
    under: str = ""


#: ``constant``: the same bytes after every step. ``lazy``: a buffer first appears at a later step.
#: ``periodic``: buffers come and go. ``bounded``: state grows, or moves, up to an amount. ``growing``: it has
#: risen time and again and has not stopped. ``graph_retained``: a tensor that is kept has its autograd graph.
#: ``python_growth``: containers or arrays grow, but tensors do not.
GrowthVerdict = Literal[
    "constant", "lazy", "periodic", "bounded", "growing", "graph_retained", "python_growth"
]


class Growth(Record, frozen=True, kw_only=True):
    """Whether state keeps growing: judged on a small workload over many steps with fresh gradients.

    Attributes:
        settled_at: The first step of those at the end that all have the same bytes; None when they move.
        state_bytes: After the last step; ``most_bytes`` is the most after any, None in records made before
            version 1.2 of the schema.
        period: Steps after which the bytes repeat themselves, when ``periodic``.
        holders: What grows, or what keeps a graph alive: paths as in the key of a buffer.
    """

    verdict: GrowthVerdict
    steps: int
    settled_at: int | None
    parameter_bytes: int
    state_bytes: int
    most_bytes: int | None = None
    period: int | None = None
    holders: tuple[str, ...] = ()


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


class Timing(Record, frozen=True, kw_only=True):
    """CPU time of a step beside AdamW's, taken in turn; never the same twice.

    Attributes:
        workload: The name of the model.
        implementation: AdamW's path, which is the one that the subject takes.
        rounds: Steps of each that were timed, in turn.
        threads: Threads that computed.
        ratio: The median of the subject's steps over that of AdamW's; the median of several pairs.
    """

    workload: str
    implementation: Literal["default", "for-loop", "foreach", "fused"]
    rounds: int
    threads: int
    ratio: float


class Tried(Record, frozen=True, kw_only=True):
    """Recommended lines that were run in the box, as they are printed.

    Attributes:
        text: The lines.
        outcome: ``ran``: nothing was raised, weights moved and stayed finite; else ``reason`` says what
            happened.
        steps: Steps that were taken in all.
    """

    text: str
    outcome: Literal["ran", "failed"]
    reason: str = ""
    steps: int = 0


class DynamicEvidence(Record, frozen=True, kw_only=True):
    """All that was measured by running the optimizer in the box; claims of boxed code, checked on arrival.

    Attributes:
        dtypes: Runs in further dtypes, on a model of their own; empty in records made before version 1.2.
        dtype_references: AdamW's runs in the same dtypes on the same tensors.
        timing: Only where it was asked for, as it is not reproducible; ``not_timed`` says why it failed.
        behaviour: None where it was not measured.
        combinations: Options that moved no weight by themselves, or could not be run, tried again.
        rule: None where it was not asked for, and in records made before version 1.4.
        training: Only where it was asked for; ``not_trained`` says why it failed.
        tried: Recommended settings, run; empty in records made before version 1.5.
        packages: What its modules use besides torch, or do without, by name; empty in records made before
            version 1.3.
    """

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
    scale: ScaleEvidence | None = None
    dtypes: tuple[DtypeRun, ...] = ()
    dtype_references: tuple[MemoryRun, ...] = ()
    combinations: tuple[Combination, ...] = ()
    timing: Timing | None = None
    not_timed: Failure | None = None
    packages: tuple[Package, ...] = ()
    behaviour: BehaviourCard | None = None
    rule: UpdateRule | None = None
    training: Training | None = None
    not_trained: Failure | None = None
    tried: tuple[Tried, ...] = ()
