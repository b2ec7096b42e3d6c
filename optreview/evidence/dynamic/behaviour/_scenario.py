"""What a scenario is: gradients for a number of steps, and the figure that is read from the movement."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from optreview.plugins import Documented, classes

if TYPE_CHECKING:
    from collections.abc import Sequence

SCENARIOS = "optreview.evidence.dynamic.behaviour"


class Gradient(NamedTuple):
    """One step's gradient.

    Attributes:
        mean: What it is in every element, but for the element's own sign, which never changes.
        noise: Standard deviation of normal noise on it.
        first: What it is in the first row instead, without noise.
    """

    mean: float
    noise: float = 0.0
    first: float | None = None


class Move(NamedTuple):
    """How far one step went, over the lr.

    Attributes:
        downhill: Against the mean gradient, on average.
        size: In either direction, on average.
        first: Downhill in the first row.
    """

    downhill: float
    size: float
    first: float


Course = tuple[Gradient, ...]


class Scenario(Documented):
    """Gradients that are given to every optimizer. The docstring says what they are and what the figure is.

    Attributes:
        label: What a line of the table says.
        place: Where in the table it stands.
        scales: What the loss of each course is multiplied by; a step that uses its curvature sees that too.
    """

    label: ClassVar[str]
    place: ClassVar[int]
    courses: ClassVar[tuple[Course, ...]]
    scales: ClassVar[tuple[float, ...]] = (1.0,)

    def figure(self, moves: Sequence[Sequence[Move]]) -> float:
        """What is read from the movement in each course."""
        raise NotImplementedError


def scenarios() -> tuple[Scenario, ...]:
    """All of them, in the order of the table."""
    return tuple(
        sorted((cls() for cls in classes(SCENARIOS, Scenario)), key=lambda each: (each.place, each.id))
    )


def mean(values: Sequence[float]) -> float:
    """The average."""
    return sum(values) / len(values)
