"""The raw figures of every calibrated class, as one small table: a class a line, a measurement a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.judgement import criteria, ledger, rubric
from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from optreview.records import Evidence, Presence

#: How an absence is written; a value that is text never looks like one.
_ABSENT: dict[str, Presence] = {"~": "not-applicable", "-": "not-measured", "!": "errored"}
_SIGNS = {presence: sign for sign, presence in _ABSENT.items()}
_WORDS: dict[str, bool] = {"true": True, "false": False}

Value = float | int | bool | str


@dataclass(frozen=True, order=True)
class Row:
    """One class with what was measured of it.

    Attributes:
        distribution: The package it comes from, with its version.
        name: ``module:Class``.
        values: By the id of the measurement; its presence where it has no value.
    """

    distribution: str
    version: str
    name: str
    values: dict[str, Measurement]

    @property
    def class_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(":")[2]


def wanted() -> tuple[str, ...]:
    """The measurements that criteria read, sorted."""
    return tuple(sorted({each.reads for each in rubric.needed(criteria.read())}))


def row(distribution: str, evidence: Evidence) -> Row:
    """The figures of one class."""
    subject = evidence.static.subject
    entries = ledger.open_ledger(evidence)
    return Row(
        distribution=distribution,
        version=subject.version or "",
        name=subject.qualified_name,
        values={name: ledger.look_up(entries, name, evidence) for name in wanted()},
    )


def write(path: Path, rows: Iterable[Row]) -> None:
    """One line for each class, sorted."""
    names = wanted()
    lines = ["\t".join(("distribution", "version", "class", *names))]
    lines += [
        "\t".join((each.distribution, each.version, each.name, *(_text(each.values[n]) for n in names)))
        for each in sorted(rows, key=lambda each: (each.distribution, each.name))
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(path: Path) -> list[Row]:
    """The table as it was written; a measurement that it does not have yet is not measured."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    names = head.split("\t")[3:]
    rows = []
    for line in lines:
        distribution, version, name, *cells = line.split("\t")
        values = {n: _measurement(n, "-") for n in wanted()}
        values |= {n: _measurement(n, cell) for n, cell in zip(names, cells, strict=True)}
        rows.append(Row(distribution, version, name, values))
    return rows


def _text(measurement: Measurement) -> str:
    value = measurement.value
    if measurement.presence != "measured" or value is None:
        return _SIGNS.get(measurement.presence, "-")
    if isinstance(value, bool | str):
        return str(value).lower()
    return f"{value:.4g}"


def _measurement(name: str, cell: str) -> Measurement:
    absent = _ABSENT.get(cell)
    return Measurement(
        id=name,
        value=None if absent else _value(cell),
        unit="",
        presence=absent or "measured",
        note="",
    )


def _value(cell: str) -> Value:
    if cell in _WORDS:
        return _WORDS[cell]
    try:
        return float(cell)
    except ValueError:
        return cell
