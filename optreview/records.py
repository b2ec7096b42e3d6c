"""Every value that flows from source to page, frozen, in order of birth.

Target, then evidence (static and dynamic), then judgement, then the review record that is saved as JSON.
Absence has four names that never stand in for each other: ``not-applicable``, ``not-measured``, ``errored``
and a measured ``false`` or zero.
"""

from __future__ import annotations

from typing import Literal

import msgspec

#: Semantic version of the saved record. A new optional field is a minor change, any other a major one.
SCHEMA_VERSION = "1.0.0"
GENERATOR = "optreview"


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every value: immutable, keyword-only, and strict about unknown fields when read back."""


# --- target ---------------------------------------------------------------------------------------------


class Target(Record):
    """What the user named, resolved to a file without importing anything. Never saved: it holds local paths.

    Attributes:
        spec: The target as the user typed it.
        path: Absolute path of the source file.
        root: Absolute folder that must be importable for ``module`` to import.
        module: Dotted module name below ``root`` (the file's stem for a lone file).
        package: Name of the review's folder: the top-level package, or the stem of a lone file.
        lone: True when the file is in no package, so that it is loaded by path.
        class_name: The class asked for, or None for every optimizer in the file.
        search_path: Further absolute folders from which the file's absolute imports may resolve.
    """

    spec: str
    path: str
    root: str
    module: str
    package: str
    lone: bool
    class_name: str | None = None
    search_path: tuple[str, ...] = ()


# --- evidence, common -----------------------------------------------------------------------------------

Presence = Literal["measured", "not-applicable", "not-measured", "errored"]


class Location(Record, order=True):
    """A place in a source file: path relative to the import root, 1-based line and column."""

    file: str
    line: int
    column: int


class Measurement(Record):
    """One named fact that a criterion can read.

    Attributes:
        id: Stable name, such as ``state_over_adamw``; two measurements of one review never share it.
        value: The figure, or None when ``presence`` is not ``measured``.
        unit: What the value counts: ``ratio``, ``bytes``, ``lines``, ``share``, ``bool`` …
        presence: Whether there is a value, and if not, why not.
        note: How it was obtained, or the sentence that says why there is no value.
        locations: The lines that back it, when it was read from the source.
    """

    id: str
    value: float | int | bool | str | None
    unit: str
    presence: Presence
    note: str
    locations: tuple[Location, ...] = ()


# --- static evidence ------------------------------------------------------------------------------------


class SourceFile(Record):
    """A file that was read for the review, with the SHA-256 of its bytes."""

    file: str
    sha256: str


class Subject(Record):
    """The optimizer class under review, named without any local path."""

    class_name: str
    module: str
    package: str
    location: Location
    source: SourceFile
    distribution: str | None = None
    version: str | None = None

    @property
    def qualified_name(self) -> str:
        """``module:Class``, the name that ``optreview analyze`` takes."""
        return f"{self.module}:{self.class_name}"


class Base(Record):
    """A base class in linearised order; ``location`` is None outside the package."""

    name: str
    module: str | None
    location: Location | None = None


class Hyperparameter(Record):
    """A constructor parameter other than ``self`` and the parameters to optimize.

    Attributes:
        default: Source text of the default, or None when the argument is required.
        choices: Literal choices, as source text, from a ``Literal`` annotation or a membership check.
        description: What the docstring says of it, collapsed to one line; hostile until escaped.
        documented_default: The default that the docstring states, as written there.
        validated: Where the constructor rejects bad values.
    """

    name: str
    location: Location
    default: str | None = None
    annotation: str | None = None
    keyword_only: bool = False
    choices: tuple[str, ...] = ()
    description: str | None = None
    documented_default: str | None = None
    validated: Location | None = None


BufferKind = Literal["full-size", "scalar", "number", "factored", "list", "unknown"]


class StateBuffer(Record):
    """A key written into ``self.state[p]``, as the source shows it.

    Attributes:
        key: The literal key, or a pattern with ``*`` when it is computed.
        gate: Source text of the conditions that must hold for the buffer to exist.
        gated_by: Names of the hyperparameters or group keys read by the gate.
        sites: Every place that writes the key, the first one creating it.
    """

    key: str
    kind: BufferKind
    sites: tuple[Location, ...]
    gate: str | None = None
    gated_by: tuple[str, ...] = ()


Role = Literal["parameter", "gradient", "state", "temporary", "unknown"]


class InPlaceSite(Record):
    """An operation that writes into an existing tensor. ``certain`` is False when only some paths do."""

    location: Location
    expression: str
    role: Role
    certain: bool
    state_key: str | None = None


class SparseVerdict(Record):
    """What the source does with sparse gradients."""

    handling: Literal["rejected", "handled", "unmentioned"]
    locations: tuple[Location, ...] = ()


class Finding(Record):
    """A rule's hit: a fact about one place in the source. What it is worth is for the rubric to say."""

    rule: str
    location: Location
    message: str
    confidence: Literal["certain", "likely", "possible"]


class StaticEvidence(Record):
    """All that was read from the source, without running it.

    Attributes:
        complete: False when something could not be followed; ``limits`` says what, in sentences.
        accepts_extra_keywords: The constructor takes ``**kwargs``.
        citations: URLs and arXiv identifiers found in the class and module docstrings.
        sources: Every file read, the subject's own first.
    """

    subject: Subject
    complete: bool
    limits: tuple[str, ...]
    bases: tuple[Base, ...]
    summary: str | None
    citations: tuple[str, ...]
    hyperparameters: tuple[Hyperparameter, ...]
    accepts_extra_keywords: bool
    state_buffers: tuple[StateBuffer, ...]
    in_place_sites: tuple[InPlaceSite, ...]
    sparse: SparseVerdict
    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...]
    sources: tuple[SourceFile, ...]


# --- dynamic evidence -----------------------------------------------------------------------------------


class Option(Record):
    """One hyperparameter set away from its default; ``value`` is Python source text."""

    name: str
    value: str


class TensorShape(Record):
    """A parameter tensor of a workload."""

    name: str
    shape: tuple[int, ...]


class Workload(Record):
    """The model an optimizer was run on; ``omitted`` are tensors the optimizer refuses (say, 1-D ones)."""

    name: str
    tensors: tuple[TensorShape, ...]
    omitted: tuple[TensorShape, ...] = ()


class BufferMemory(Record):
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


class MemoryRun(Record):
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


class Failure(Record):
    """Why something could not be run: a class of failure, and one sentence for people.

    Attributes:
        kind: Stable name, such as ``import-failed``, ``build-failed``, ``timeout``, ``memory-limit``.
        message: One sentence; text that came from the reviewed code is quoted in it and untrusted.
        missing_package: The distribution to install, when that is the remedy.
    """

    kind: str
    message: str
    missing_package: str | None = None


class OptionRun(Record):
    """What one option costs: the run with it, or why it could not be run. Exactly one of the two is set."""

    option: Option
    run: MemoryRun | None = None
    failure: Failure | None = None


class Recipe(Record):
    """How the optimizer was built and driven.

    Attributes:
        protocol: Name of the driving protocol (the file's name), such as ``plain`` or ``closure``.
        arguments: Constructor arguments beyond the parameters.
        snippet: Python lines that do the same by hand.
    """

    protocol: str
    arguments: tuple[Option, ...]
    snippet: str


class Growth(Record):
    """Whether state keeps growing: judged on a small workload over many steps with fresh gradients."""

    verdict: Literal["constant", "bounded", "growing"]
    steps: int
    settled_at: int | None
    parameter_bytes: int
    state_bytes: int


class Environment(Record):
    """What the figures depend on. Local version labels are dropped so that records travel."""

    python: str
    torch: str
    system: str
    device: str


class Box(Record):
    """The protections that were active around the reviewed code, and those that were not, each with why."""

    active: tuple[str, ...]
    inactive: tuple[str, ...]


class DynamicEvidence(Record):
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


# --- judgement ------------------------------------------------------------------------------------------

Outcome = Literal["met", "partly", "unmet", "not-applicable", "not-measured", "errored"]


class Judgement(Record):
    """A criterion applied: points from 0 to 10, or None when the outcome carries none."""

    criterion: str
    dimension: str
    outcome: Outcome
    points: float | None
    weight: float
    measurement: str
    value: float | int | bool | str | None
    gain: float | None


class Score(Record):
    """A dimension's score out of ten, or None, with the share of the criteria's weight behind it."""

    dimension: str
    value: float | None
    coverage: float
    heuristic: bool


# --- review ---------------------------------------------------------------------------------------------


class Review(Record):
    """The saved record: everything the page says can be found here, and nothing has to be run again."""

    schema_version: str
    generator: str
    generator_version: str
    rubric_version: str
    static: StaticEvidence
    dynamic: DynamicEvidence | None
    not_run: Failure | None
    judgements: tuple[Judgement, ...]
    scores: tuple[Score, ...]
    final: Score
    reviewed_on: str | None = None


def encode(review: Review) -> bytes:
    """Serialise a review: keys in declaration order, two-space indent, one final newline."""
    return msgspec.json.format(msgspec.json.encode(review), indent=2) + b"\n"
