"""Room for deeply nested source: walking a long chain of ``+`` takes a call for each of its terms."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Python's default is 1,000 calls; generated sources nest a few thousand expressions.
_CALLS = 12_000


@contextmanager
def deep() -> Iterator[None]:
    """Allow deeper recursion inside the block."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _CALLS))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
