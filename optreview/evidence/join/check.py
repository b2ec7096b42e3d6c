"""What a check is: documentation, and a pure function over both halves of the evidence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from optreview.plugins import Documented
from optreview.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.beside import Beside
    from optreview.records import Effort, Location, Observation, Position, Severity


class Check(Documented, ABC):
    """One way in which source and run can disagree. The docstring is what ``optreview explain`` shows.

    Attributes:
        severity: How much a disagreement matters to whoever trains with the optimizer.
        remedy: What to do about it, as an instruction in one sentence.
        settles: The rules whose findings a run can bear out or refute, by what ``shows`` says.
    """

    severity: ClassVar[Severity] = "info"
    effort: ClassVar[Effort] = "small"
    remedy: ClassVar[str]
    settles: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def findings(self, beside: Beside) -> Iterator[Finding]:
        """Where they disagree."""

    def shows(self, observation: Observation) -> bool:  # noqa: ARG002
        """Whether an observation is what the rules in ``settles`` speak of."""
        return False

    def finding(
        self,
        location: Location,
        message: str,
        end: Position | None = None,
        confidence: Literal["certain", "likely", "possible"] = "certain",
    ) -> Finding:
        """A disagreement at a place."""
        return Finding(
            rule=self.id,
            location=location,
            end=end,
            message=message,
            confidence=confidence,
            severity=self.severity,
        )
