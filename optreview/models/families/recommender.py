"""Recommenders that differ in the rows of their largest embedding; their shapes are this project's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.models import recommender

if TYPE_CHECKING:
    from collections.abc import Iterator

    Named = tuple[str, tuple[int, ...]]

TITLE = "recommenders by the rows of their largest table"
_MILLIONS = (1, 3, 10, 30, 100, 300)
_OTHERS = (1_000_000, 100_000, 10_000, 1_000)


def members() -> Iterator[tuple[str, Iterator[Named]]]:
    """The built-in recommender with another first table."""
    for millions in _MILLIONS:
        rows = f"{millions} million {'row' if millions == 1 else 'rows'}"
        yield f"Recommender with {rows}", recommender.tensors((millions * 1_000_000, *_OTHERS))
