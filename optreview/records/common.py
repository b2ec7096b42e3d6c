"""What both halves of the evidence share: locations in the source, and named measurements."""

from __future__ import annotations

from typing import Literal

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every value: immutable, keyword-only, and strict about unknown fields when read back."""


Presence = Literal["measured", "not-applicable", "not-measured", "errored"]
#: How much a finding matters to whoever trains with the optimizer.
Severity = Literal["error", "warning", "info"]
#: Whether a finding holds on every path, on the paths that are taken as a rule, or only on some.
Confidence = Literal["certain", "likely", "possible"]
#: What it takes to mend something.
Effort = Literal["trivial", "small", "medium", "large", "by design"]

#: What a tensor that is written into is to the optimizer.
Role = Literal["parameter", "gradient", "state", "temporary", "unknown"]
#: What is kept under a key of ``optimizer.state[p]``.
BufferKind = Literal["full-size", "scalar", "number", "factored", "list", "unknown"]


class Location(Record, frozen=True, kw_only=True, order=True):
    """A place in a source file: path relative to the import root, 1-based line and column."""

    file: str
    line: int
    column: int


class Position(Record, frozen=True, kw_only=True, order=True):
    """A 1-based line and column: where something ends, exclusive, that starts at a ``Location``."""

    line: int
    column: int


class Measurement(Record, frozen=True, kw_only=True):
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
