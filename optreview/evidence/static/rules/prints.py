"""Printing from a library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class Prints(Rule):
    """The optimizer prints.

    What a library prints cannot be filtered or redirected by the program that uses it, appears once for each
    process of a distributed run, and mixes with output that other programs read.

    It is fine in example code.
    """

    severity = "info"
    effort = "trivial"
    remedy = "Use `warnings.warn` or the `logging` module."
    flawed = (
        Flawed(
            """\
import torch

class Loud(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        print("hello")
        super().__init__(params, dict(lr=lr))
""",
            (5,),
        ),
    )
    clean = (
        """\
import logging

import torch

class Quiet(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        logging.getLogger(__name__).info("hello")
        super().__init__(params, dict(lr=lr))

    def print(self):
        return None
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for the constructor and one for ``step``, at the first call that each reaches."""
        for entry, where in (("__init__", "The constructor"), ("step", "`step`")):
            calls = {event.node: event for event in reversed(reading.of("print", entry=entry))}
            if calls:
                first = min(calls.values(), key=lambda event: event.location)
                often = f", in {len(calls)} places" if len(calls) > 1 else first.condition
                certain = len(calls) == 1 or any(event.certain for event in calls.values())
                said = "prints" if certain else "can print"
                yield Hit.of(first, f"{where} {said}{often}.")
