"""Checks that -O removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class AssertAsValidation(Rule):
    """The constructor checks a hyperparameter with `assert`.

    `python -O` leaves assertions out, and where they do run, the error is an AssertionError, mostly without
    a word on what was wrong. torch.optim raises a ValueError that names the value.

    It is fine for conditions that only a mistake inside the optimizer itself can break.
    """

    severity = "info"
    effort = "trivial"
    remedy = "Raise a `ValueError` that says which value is wrong."
    flawed = (
        Flawed(
            """\
import torch

class Asserted(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        assert lr > 0.0
        super().__init__(params, dict(lr=lr))
""",
            (5,),
        ),
    )
    clean = (
        """\
import torch

class Raised(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        if lr <= 0.0:
            raise ValueError(f"invalid learning rate: {lr}")
        super().__init__(params, dict(lr=lr))
        assert self.param_groups
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each assertion of the constructor that reads a hyperparameter."""
        declared = {entry.name for entry in reading.signature.parameters}
        for event in reading.of("raise", entry="__init__"):
            checked = sorted(event.guards[-1].names & declared) if event.guards else []
            if event.name == "AssertionError" and checked:
                yield Hit.of(event, f"`{checked[0]}` is checked by an assertion, which `python -O` removes.")
