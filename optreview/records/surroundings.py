"""What a run depends on: the machine and its packages, and the box that was around the reviewed code."""

from __future__ import annotations

from typing import Annotated

import msgspec

from optreview.records.common import Record


class Package(Record, frozen=True, kw_only=True):
    """A package besides torch that the class's modules use when they are imported; memory can hang on it.

    Attributes:
        name: What is imported.
        version: Of its distribution, without a local label; None where it is not installed and done without.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^\w+\Z", max_length=100)]
    version: Annotated[str, msgspec.Meta(pattern=r"^[\w.!+-]+\Z", max_length=100)] | None


class Environment(Record, frozen=True, kw_only=True):
    """What the figures depend on. Local version labels are dropped so that records travel."""

    python: str
    torch: str
    system: str
    device: str


#: Why a protection is inactive that nobody wanted.
SWITCHED_OFF = "switched off by --no-sandbox"


class Box(Record, frozen=True, kw_only=True):
    """The protections that were active around the reviewed code, and those that were not, each with why."""

    active: tuple[str, ...]
    inactive: tuple[str, ...]

    @property
    def switched_off(self) -> bool:
        """Whether somebody asked for no protection."""
        return any(phrase.endswith(SWITCHED_OFF) for phrase in self.inactive)
