"""Limits of the system on one process (setrlimit(2)); where there is a lower one already, that one stays."""

from __future__ import annotations

import resource


def bound(what: int, most: int) -> None:
    """Allow so much of something, such as ``resource.RLIMIT_AS``, for good.

    Raises:
        OSError: The system has no such limit.
        ValueError: Likewise.
    """
    _, hard = resource.getrlimit(what)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (allowed, allowed))
