"""A step in parts, with gradients there before it and taken anew in it (SAM, 2010.01412)."""

from __future__ import annotations

from optreview.evidence.dynamic.protocols import Clues, Protocol


class FirstStep(Protocol):
    """The class has ``first_step`` and ``second_step``, and its ``step`` takes a closure."""

    order = 5
    closure = True
    gradients_first = True

    def suits(self, clues: Clues) -> bool:
        """Read from the class."""
        return clues.stage is None and {"first_step", "second_step"} <= clues.methods
