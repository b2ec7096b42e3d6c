"""What the linter says: issues in files, and what could not be read."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Confidence, Position, Record, Severity

#: Semantic version of the linter's JSON. A new optional field is a minor change, any other a major one.
LINT_VERSION = "1.0.0"


class Keep(Record, frozen=True, kw_only=True):
    """Why an issue stays: a comment in the source says so, or the project's configuration."""

    by: Literal["comment", "project"]
    reason: str


class Issue(Record, frozen=True, kw_only=True):
    """A finding at one place of one file, however many classes share that code.

    Attributes:
        file: Path from the folder the linter was started in, with forward slashes; absolute when it lies
            outside the repository.
        line: 1-based, as is ``column``, which counts code points.
        end: Where the expression ends, exclusive; None where a name stands for a definition.
        scope: ``module:Class.method`` that the place lies in.
        classes: The optimizers in which it was found, as ``module:Class``.
        source: The line at fault, cut when it is very long.
        fingerprint: The same for the same flaw in the same definition, wherever its line has moved.
        kept: Set when it is suppressed.
        fixable: ``optreview fix`` knows an edit that mends it, and makes it if nothing else changes with it.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    file: str
    line: int
    column: int
    end: Position | None
    message: str
    scope: str
    classes: tuple[str, ...]
    source: str
    fingerprint: str
    kept: Keep | None = None
    fixable: bool = False


class Unread(Record, frozen=True, kw_only=True):
    """A file or a target that could not be linted.

    Attributes:
        fault: The failure is optreview's own, not the file's.
    """

    file: str
    line: int
    column: int
    message: str
    fault: bool = False


class Linted(Record, frozen=True, kw_only=True):
    """An optimizer class that was linted; ``limits`` says what of it could not be followed."""

    name: str
    file: str
    limits: tuple[str, ...]


class Lint(Record, frozen=True, kw_only=True):
    """All of one run of the linter.

    Attributes:
        prefix: The folder it was started in, from the root of the repository; empty at the root.
        rules: The rules that ran.
        hidden: How many further issues were found that were not asked for, by severity or confidence.
    """

    schema_version: str
    generator: str
    generator_version: str
    prefix: str
    rules: tuple[str, ...]
    classes: tuple[Linted, ...]
    issues: tuple[Issue, ...]
    hidden: int
    unread: tuple[Unread, ...]
