"""A recommender built as DLRM is (1906.00091): embeddings of users and items, and two perceptrons.

One table has ten million rows: what is square in the rows of a tensor cannot be paid here.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "Recommender with ten million rows"
DTYPE = "float32"
_ROWS = (10_000_000, 1_000_000, 100_000, 10_000, 1_000)
_WIDTH = 64
_DENSE = (13, 512, 256, _WIDTH)
#: What the interactions of six vectors, and the dense vector, come to.
_TOP = (79, 512, 256, 1)


def tensors(tables: tuple[int, ...] = _ROWS) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The tables, then the perceptron before the interactions and the one after them."""
    for table, rows in enumerate(tables):
        yield f"embeddings.{table}.weight", (rows, _WIDTH)
    for name, units in (("bottom", _DENSE), ("top", _TOP)):
        for layer, (inputs, outputs) in enumerate(pairwise(units)):
            yield f"{name}.{layer}.weight", (outputs, inputs)
            yield f"{name}.{layer}.bias", (outputs,)
