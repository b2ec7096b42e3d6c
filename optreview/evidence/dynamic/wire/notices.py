"""What the template says: that it is warm, and what became of its child."""

from __future__ import annotations

from typing import Literal

from optreview.evidence.dynamic.wire.message import Message
from optreview.records import (
    Box,
    Environment,
)

Excess = Literal["processes", "memory"]


class Ready(Message, frozen=True, kw_only=True):
    """The template is warm: what the figures depend on, and which protections every child gets."""

    environment: Environment
    box: Box


class Exited(Message, frozen=True, kw_only=True):
    """The child ended: its exit status, or a negative signal number.

    Attributes:
        excess: What all its processes together took too much of, so that it was killed.
    """

    status: int
    excess: Excess | None = None


class Ended(Message, frozen=True, kw_only=True):
    """Nothing of the child is left."""


Notice = Ready | Exited | Ended
