"""The update rule as it was recorded while the optimizer ran, and what proves the record."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Record
from optreview.records.memory import Option


class ProgramProof(Record, frozen=True, kw_only=True):
    """The recorded program, executed beside a fresh optimizer whose numbers and gradients are others.

    Attributes:
        verdict: ``proven``: every step agreed to the bit, in parameters and every state entry; ``unproven``:
            one did not; ``not-extractable``: there is no program; ``errored``: something broke down.
        steps: How many steps were asked for; zero where there is no program.
        agreed: How many agreed before one did not.
        settings: Constructor arguments of the fresh optimizer beyond the plan's.
        reason: Why it is not proven; empty where it is.
    """

    verdict: Literal["proven", "unproven", "not-extractable", "errored"]
    steps: int = 0
    agreed: int = 0
    settings: tuple[Option, ...] = ()
    reason: str = ""


class UpdateRule(Record, frozen=True, kw_only=True):
    """What a step computes.

    Attributes:
        settings: Constructor arguments of the recorded optimizer beyond the plan's: knobs that are zero by
            default are switched on, so that the rule shows them.
        ways: How many ways through its code the recorded steps took.
        capped: There were more of them than are kept.
        program: Whether executing these ways again does what the optimizer does.
        idle: Hyperparameters that changed nothing when each was varied alone: the record does not show them.
        mutates_gradient: A recorded step changed the values of a gradient; None where nothing was recorded.
    """

    settings: tuple[Option, ...] = ()
    ways: int = 0
    capped: bool = False
    program: ProgramProof
    idle: tuple[str, ...] = ()
    mutates_gradient: bool | None = None
