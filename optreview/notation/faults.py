"""What can be wrong with an update rule."""

from __future__ import annotations

from optreview.errors import OptreviewError


class RuleError(OptreviewError):
    """A rule cannot be read or run.

    Attributes:
        fault: What is wrong, without the place.
        line: Counted from 1; 0 for a rule that was not read from text.
        column: Counted from 1; 0 where the fault is the whole line's.
    """

    def __init__(self, fault: str, line: int = 0, column: int = 0) -> None:
        place = f"line {line}, column {column}: " if column else f"line {line}: " if line else ""
        super().__init__(place + fault)
        self.fault = fault
        self.line = line
        self.column = column
