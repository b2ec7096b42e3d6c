"""Which rows a template shows: those that differ, that cost something, that say anything new."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.records import ComparedRow

_NOTHING = frozenset({"not-applicable", "measured"})


def differing(rows: Sequence[ComparedRow]) -> list[ComparedRow]:
    """Rows whose answers are both known, and not the same."""
    return [row for row in rows if row.relation not in {"equal", "not-compared"}]


def uncompared(rows: Sequence[ComparedRow]) -> list[ComparedRow]:
    """Rows with an answer that cannot be held against the other one."""
    return [row for row in rows if row.relation == "not-compared" and not _unknown(row)]


def unknown(rows: Sequence[ComparedRow]) -> list[ComparedRow]:
    """Rows without any answer."""
    return [row for row in rows if row.relation == "not-compared" and _unknown(row)]


def alike(rows: Sequence[ComparedRow], value: str | None = None) -> list[ComparedRow]:
    """Rows whose answers are the same, all of them or those with this one."""
    return [row for row in rows if row.relation == "equal" and value in {None, row.a.value}]


def inapplicable(rows: Sequence[ComparedRow]) -> list[ComparedRow]:
    """Rows that make no sense for either."""
    return [row for row in rows if row.a.presence == row.b.presence == "not-applicable"]


def only(rows: Sequence[ComparedRow], value: str, other: str, *, second: bool = False) -> list[str]:
    """Ids of rows with one answer on the first side and another on the second, or the other way round."""
    wanted = (other, value) if second else (value, other)
    return [row.id for row in rows if row.relation == "differs" and (row.a.value, row.b.value) == wanted]


def costing(rows: Sequence[ComparedRow]) -> list[ComparedRow]:
    """Rows with a figure other than zero."""
    return [row for row in rows if row.a.value or row.b.value]


def free(rows: Sequence[ComparedRow]) -> list[ComparedRow]:
    """Rows whose figures are zero, or make no sense for one of the two."""
    return [row for row in rows if not costing([row]) and {row.a.presence, row.b.presence} <= _NOTHING]


def untried(rows: Sequence[ComparedRow]) -> list[ComparedRow]:
    """Rows without a figure other than zero, where one is missing."""
    return [row for row in rows if row not in costing(rows) and row not in free(rows)]


def furthest(rows: Sequence[ComparedRow]) -> ComparedRow | None:
    """The row whose figures are the most apart, the first of them; None where all are alike."""
    apart = [row for row in rows if row.relation in {"less", "more"} and row.ratio]
    return max(apart, key=lambda row: max(row.ratio or 1, 1 / (row.ratio or 1)), default=None)


def telling(rows: Sequence[ComparedRow], prefix: str) -> list[ComparedRow]:
    """Rows without those whose id has the prefix and whose answers are those of the row that follows."""
    following = (*rows[1:], None)
    return [
        row
        for row, after in zip(rows, following, strict=True)
        if after is None or not row.id.startswith(prefix) or _values(row) != _values(after)
    ]


def _unknown(row: ComparedRow) -> bool:
    return "measured" not in {row.a.presence, row.b.presence}


def _values(row: ComparedRow) -> tuple[object, ...]:
    return tuple((each.presence, each.value) for each in (row.a, row.b))


#: What templates call, by name.
HELPERS: dict[str, Callable[..., object]] = {
    each.__name__: each
    for each in (
        differing,
        uncompared,
        unknown,
        alike,
        inapplicable,
        only,
        costing,
        free,
        furthest,
        untried,
        telling,
    )
}
