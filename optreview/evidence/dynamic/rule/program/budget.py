"""What recording one optimizer may take before it is given up."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

#: Instructions of all recorded steps together, and seconds of the processor for everything.
INSTRUCTIONS, SECONDS = 60_000, 20.0
#: Instructions between two looks at the clock, which takes longer than recording one.
_BETWEEN = 100


class UntraceableError(Exception):
    """The step does something that cannot be recorded; the message is the sentence that says what."""


@dataclass
class Budget:
    """Counts down; the number of instructions decides as a rule, as it is the same on every machine."""

    instructions: int = INSTRUCTIONS
    seconds: float = SECONDS
    _begun: float = field(default_factory=time.process_time)

    def spend(self) -> None:
        """One more instruction.

        Raises:
            UntraceableError: That was the last one.
        """
        self.instructions -= 1
        if self.instructions < 0:
            raise UntraceableError(
                f"Its first steps make more than {INSTRUCTIONS} calls of torch: recording them was given up."
            )
        if self.instructions % _BETWEEN == 0:
            self.check()

    def check(self) -> None:
        """Look at the clock.

        Raises:
            UntraceableError: Time is up.
        """
        if time.process_time() - self._begun > self.seconds:
            raise UntraceableError(f"Recording it was given up after {self.seconds:.0f} seconds.")
