"""What a rule is: documentation, examples that are its tests, and a pure function over a reading."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

from optreview.frozen import Frozen
from optreview.plugins import Documented
from optreview.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from optreview.evidence.static.edits import Edit
    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.suppressions import Use
    from optreview.records import Confidence, Effort, Location, Position, Severity


class Flawed(Frozen, frozen=True):
    """Source that the rule must hit, and the lines, 1-based, where it must.

    Attributes:
        fixed: The source as the rule's edits leave it; None where it makes none.
    """

    source: str
    lines: tuple[int, ...]
    fixed: str | None = None


class Hit(Frozen, frozen=True):
    """One place that a rule objects to.

    Attributes:
        edits: What mends it in that file, all of them or none; nothing where that takes a person.
        later: Edits are there once those of another rule are made.
    """

    location: Location
    message: str
    confidence: Confidence = "certain"
    end: Position | None = None
    edits: tuple[Edit, ...] = ()
    later: bool = False

    @classmethod
    def of(
        cls, event: Event, message: str, confidence: Confidence = "certain", edits: tuple[Edit, ...] = ()
    ) -> Self:
        """A hit on the whole expression at which something happens."""
        return cls(event.location, message, confidence, event.module.end(event.node), edits)


class Described(Documented, ABC):
    """What every kind of rule says of itself. The docstring is what ``optreview explain`` shows to a user.

    Attributes:
        severity: ``error`` breaks training, ``warning`` costs or misleads, ``info`` is worth knowing.
        remedy: What to do about it, as an instruction in one sentence.
    """

    severity: ClassVar[Severity]
    effort: ClassVar[Effort]
    remedy: ClassVar[str]
    flawed: ClassVar[tuple[Flawed, ...]]
    clean: ClassVar[tuple[str, ...]]

    def _recorded(self, hits: Iterable[Hit]) -> tuple[Finding, ...]:
        """Hits as records, one for each place, in the order of the source."""
        by_place: dict[tuple[Location, str], Finding] = {}
        for hit in hits:
            found = Finding(
                rule=self.id,
                location=hit.location,
                message=hit.message,
                confidence=hit.confidence,
                end=hit.end,
                severity=self.severity,
                fixable=bool(hit.edits) or hit.later,
            )
            by_place.setdefault((hit.location, hit.message), found)
        return tuple(by_place[key] for key in sorted(by_place))


class Rule(Described):
    """A flaw of an optimizer class."""

    @abstractmethod
    def hits(self, reading: Reading) -> Iterator[Hit]:
        """The places where the flaw is found."""

    def findings(self, reading: Reading) -> tuple[Finding, ...]:
        """The hits in one class, as records."""
        return self._recorded(self.hits(reading))


class CommentRule(Described):
    """A flaw of the comments that suppress findings; found once the other rules have run over a file."""

    @abstractmethod
    def hits(self, use: Use) -> Iterator[Hit]:
        """The places where the flaw is found."""

    def findings(self, use: Use) -> tuple[Finding, ...]:
        """The hits in one file, as records."""
        return self._recorded(self.hits(use))
