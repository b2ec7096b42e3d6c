"""Two reviews side by side: what each says, and how the two answers stand to each other."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Presence, Record
from optreview.records.memory import Failure, Option
from optreview.records.surroundings import Environment

#: Semantic version of a comparison's JSON. A new optional field is a minor change, any other a major one.
COMPARISON_VERSION = "1.0.0"

#: How the first record's answer stands to the second's. ``alike``: figures that differ by less than half a
#: percent. ``differs``: two words. ``not-compared``: one of them is missing, or both were not taken alike.
Relation = Literal["equal", "alike", "less", "more", "differs", "not-compared"]

#: What a condition can spoil: ``state``, memory that is kept; ``step``, what a step takes on the way;
#: ``scale``, the same on simulated models; ``probes``; ``behaviour``; ``scores``.
Kind = Literal["state", "step", "scale", "probes", "behaviour", "scores"]


class Answer(Record, frozen=True, kw_only=True):
    """What one record says: a value, or why there is none. ``note`` says more, and may quote its source."""

    presence: Presence
    value: float | int | bool | str | None = None
    note: str = ""


class ComparedRow(Record, frozen=True, kw_only=True):
    """One question with both answers.

    Attributes:
        id: Unique in its table; that of a measurement, a probe, a buffer or a hyperparameter where it is one.
        unit: What the values count; ``word``, ``fact``, ``outcome``, ``source``, ``equation`` and ``digest``
            are no figures.
        ratio: The first figure over the second; None unless both are above zero and were taken alike.
        why: Ids of the conditions that keep two answers from being compared.
    """

    id: str
    label: str
    unit: str
    a: Answer
    b: Answer
    relation: Relation
    ratio: float | None = None
    why: tuple[str, ...] = ()


class ComparedTable(Record, frozen=True, kw_only=True):
    """Rows that belong together."""

    id: str
    rows: tuple[ComparedRow, ...]


class ComparedSection(Record, frozen=True, kw_only=True):
    """A subject of the comparison, named after the file that lays it out."""

    id: str
    tables: tuple[ComparedTable, ...]


class Condition(Record, frozen=True, kw_only=True):
    """Something that was not the same when the two records were taken.

    Attributes:
        spoils: Kinds of figures that cannot be compared because of it; none where it is only worth knowing.
    """

    id: str
    a: str
    b: str
    spoils: tuple[Kind, ...] = ()


class ComparedSide(Record, frozen=True, kw_only=True):
    """One of the two reviews.

    Attributes:
        name: What the comparison calls it: the class, or what tells it from the other one of that name.
        sha256: Of the file that defines the class.
        workload: The model it ran on, of which it was given so many ``tensors``.
        default_path: The path that it takes by itself, where that can be told.
        arguments: Constructor arguments beyond the parameters, where it could not be built without.
        not_run: Why nothing was measured; None where something was.
        unread: What could not be followed in its source, in sentences.
    """

    name: str
    class_name: str
    module: str
    package: str
    distribution: str | None
    version: str | None
    file: str
    sha256: str
    schema_version: str
    generator_version: str
    environment: Environment | None = None
    workload: str | None = None
    tensors: int | None = None
    default_path: str | None = None
    arguments: tuple[Option, ...] = ()
    not_run: Failure | None = None
    unread: tuple[str, ...] = ()


class Comparison(Record, frozen=True, kw_only=True):
    """Two reviews side by side; a pure function of the two."""

    schema_version: str
    generator: str
    generator_version: str
    a: ComparedSide
    b: ComparedSide
    conditions: tuple[Condition, ...]
    sections: tuple[ComparedSection, ...]
