"""Static evidence: facts read from the source, never by running it."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import (
    BufferKind,
    Confidence,
    Location,
    Measurement,
    Position,
    Record,
    Role,
    Severity,
)
from optreview.records.workings import Workings


class SourceFile(Record, frozen=True, kw_only=True):
    """A file that was read for the review, with the SHA-256 of its bytes."""

    file: str
    sha256: str


class Subject(Record, frozen=True, kw_only=True):
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


class Base(Record, frozen=True, kw_only=True):
    """A base class in linearised order; ``location`` is None outside the package."""

    name: str
    module: str | None
    location: Location | None = None


class Hyperparameter(Record, frozen=True, kw_only=True):
    """A constructor parameter other than ``self`` and the parameters to optimize.

    Attributes:
        default: Source text of the default, or None when the argument is required.
        choices: Literal choices, as source text, from a ``Literal`` annotation or a membership check.
        description: What the docstring says of it, collapsed to one line; hostile until escaped.
        documented_default: The default that the docstring states, as written there.
        validated: Where the constructor rejects bad values.
        read_at: Where methods other than the constructor look up the group key or attribute that holds it.
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
    read_at: tuple[Location, ...] = ()


class StateBuffer(Record, frozen=True, kw_only=True):
    """A key written into ``self.state[p]``, as the source shows it.

    Attributes:
        key: The literal key, or a pattern with ``*`` when it is computed.
        gate: Source text of the conditions that must hold for the buffer to exist.
        gated_by: Names of the hyperparameters or group keys read by the gate.
        sites: Every place that writes the key, the first one creating it.
        role: What it is for, such as ``EMA of the gradient``; None where the writes say nothing clear.
    """

    key: str
    kind: BufferKind
    sites: tuple[Location, ...]
    gate: str | None = None
    gated_by: tuple[str, ...] = ()
    role: str | None = None


class InPlaceSite(Record, frozen=True, kw_only=True):
    """An operation that writes into an existing tensor. ``certain`` is False when only some paths do.

    ``end`` is where its expression ends; None in records made before version 1.1 of the schema.
    ``in_step`` is False where only other methods come to it, as one that swaps weights for an evaluation.
    """

    location: Location
    expression: str
    role: Role
    certain: bool
    state_key: str | None = None
    end: Position | None = None
    in_step: bool = True


class SparseVerdict(Record, frozen=True, kw_only=True):
    """What the source does with sparse gradients.

    Attributes:
        rejected_when: Where they are handled, the conditions under which they are rejected all the same.
    """

    handling: Literal["rejected", "handled", "unmentioned", "not decided"]
    locations: tuple[Location, ...] = ()
    rejected_when: str | None = None


class Finding(Record, frozen=True, kw_only=True):
    """A rule's hit: a fact about one place in the source. What it is worth is for the rubric to say.

    Attributes:
        end: Where the expression ends that starts at ``location``; None where a name stands for a definition.
        severity: How much it matters; None in records made before version 1.1 of the schema.
        fixable: The rule knows an edit that mends it; whether it changes anything else is for a run to show.
        scope: The definition it stands in, such as ``AdaBelief.step``; None at the top level of a file.
        suppressed: The reason that a comment in the source gives for living with it, empty when it gives
            none; None when no comment does. A suppressed finding counts in scores like any other.
    """

    rule: str
    location: Location
    message: str
    confidence: Confidence
    end: Position | None = None
    severity: Severity | None = None
    fixable: bool = False
    scope: str | None = None
    suppressed: str | None = None


class StaticEvidence(Record, frozen=True, kw_only=True):
    """All that was read from the source, without running it.

    Attributes:
        complete: False when something could not be followed; ``limits`` says what, in sentences.
        accepts_extra_keywords: The constructor takes ``**kwargs``.
        citations: URLs and arXiv identifiers found in the class and module docstrings.
        rules: Ids of the rules that ran, so that no finding can be told from not looked for.
        sources: Every file read, the subject's own first.
        workings: How ``step`` works; None in records made before version 1.1 of the schema.
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
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...]
    sources: tuple[SourceFile, ...]
    workings: Workings | None = None
