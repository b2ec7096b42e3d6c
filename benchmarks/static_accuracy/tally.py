"""Claims counted: those that happened, those that did not, and those that no run reached."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Tally:
    """One kind of claim.

    Attributes:
        hits: Claims of the source that a run bore out.
        wrong: Claims whose code ran without them.
        unreached: Claims whose code no run came to: counted neither way.
        missed: What runs did and the source does not claim.
        examples: A line for each that is wrong or missed.
    """

    hits: int = 0
    wrong: int = 0
    unreached: int = 0
    missed: int = 0
    found: int = 0
    examples: list[str] = field(default_factory=list)

    def claim(self, verdict: str, example: str) -> None:
        """Count a claim of the source as ``seen``, ``not-seen`` or ``not-reached``."""
        if verdict == "seen":
            self.hits += 1
        elif verdict == "not-seen":
            self.wrong += 1
            self.examples.append(f"false: {example}")
        else:
            self.unreached += 1

    def event(self, example: str, *, claimed: bool) -> None:
        """Count something that a run did."""
        if claimed:
            self.found += 1
        else:
            self.missed += 1
            self.examples.append(f"missed: {example}")

    def add(self, other: Tally) -> None:
        """Take in another tally."""
        self.hits += other.hits
        self.wrong += other.wrong
        self.unreached += other.unreached
        self.missed += other.missed
        self.found += other.found
        self.examples += other.examples

    @property
    def precision(self) -> float | None:
        """The share of the claims that came to the test and passed it."""
        return _share(self.hits, self.hits + self.wrong)

    @property
    def recall(self) -> float | None:
        """The share of what happened that was claimed."""
        return _share(self.found, self.found + self.missed)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
