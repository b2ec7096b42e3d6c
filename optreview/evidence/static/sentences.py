"""Words of the sentences that say what was not followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Names that are spelt out; more are counted.
_NAMED = 4


def several(names: Iterable[str]) -> str:
    """Names in a row; of many, the first and a count."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > _NAMED:
        quoted = [*quoted[: _NAMED - 1], f"{len(quoted) - _NAMED + 1} more"]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)


#: Characters of source in a sentence.
_SHORT = 60


def short(text: str) -> str:
    """Source text, cut where it is long."""
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
