"""Trees live on: looking for garbage among them while they grow costs as much as making them."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def uncollected(*, lasting: bool = False) -> Iterator[None]:
    """Do not look for garbage inside the block; nor, if what it makes is ``lasting``, among that later."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if lasting:
            gc.freeze()
        if collecting:
            gc.enable()
