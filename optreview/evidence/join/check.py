"""What a check is: documentation, and a pure function over both halves of the evidence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from optreview.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.join.beside import Beside
    from optreview.records import Effort, Location, Observation, Position, Severity


class Check(ABC):
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

    @property
    def id(self) -> str:
        """The name of the check: its file's name."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def documentation(self) -> str:
        """The check's docstring, dedented."""
        lines = (type(self).__doc__ or "").strip().splitlines()
        return "\n".join(line.removeprefix("    ") for line in lines)

    @property
    def title(self) -> str:
        """The first sentence of the docstring, which stands for the check in a list."""
        return self.documentation.partition("\n\n")[0].replace("\n", " ")

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
