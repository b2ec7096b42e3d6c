"""``step(closure)``: the optimizer evaluates the loss itself, as line searches do (torch.optim.LBFGS)."""

from __future__ import annotations

from optreview.evidence.dynamic.protocols import Clues, Protocol


class Closure(Protocol):
    """``step`` has a mandatory argument, or asks for a closure when it is called without one."""

    order = 20
    closure = True

    def suits(self, clues: Clues) -> bool:
        """Read from the signature of ``step``, or from the error."""
        if clues.step_requires:
            return clues.stage is None and len(clues.step_requires) == 1
        said = ("closure", "step() missing 1 required", "'nonetype' object is not callable")
        return clues.stage == "step" and clues.mentions(*said)
