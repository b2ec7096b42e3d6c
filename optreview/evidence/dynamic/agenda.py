"""What is still to be run of one class: one queue, so that no process waits for the last of a round."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from optreview.evidence.dynamic.wire import Announce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from optreview.evidence.dynamic.phases import Outcome, Work
    from optreview.evidence.dynamic.wire import Reply


@dataclass(frozen=True)
class Errand:
    """A work, the words for it, and who takes what it came to."""

    doing: str
    work: Work
    take: Callable[[Outcome], None]


class Agenda:
    """Errands in their order. Whoever takes an outcome may add more, up to the last one.

    Args:
        send: Is told what is waited for.
    """

    def __init__(self, send: Callable[[Reply], None]) -> None:
        self._send = send
        self._waiting: deque[Errand] = deque()
        self._begun: deque[Errand] = deque()

    def add(self, errands: Iterable[Errand], *, first: bool = False) -> None:
        """Behind all others, or before all that have not begun."""
        if first:
            self._waiting.extendleft(reversed(list(errands)))
        else:
            self._waiting.extend(errands)

    def __iter__(self) -> Self:
        """The works, each as it is begun."""
        return self

    def __next__(self) -> Work:
        """Begin the next; when there is none, one may still be added."""
        if not self._waiting:
            raise StopIteration
        self._begun.append(self._waiting.popleft())
        return self._begun[-1].work

    def run(self, outcomes: Iterator[Outcome]) -> None:
        """Hand on what the works came to, which is in the order in which they were begun."""
        said = ""
        while self._begun or self._waiting:
            doing = (self._begun or self._waiting)[0].doing
            if doing != said:
                self._send(Announce(phase=doing))
            said = doing
            outcome = next(outcomes)
            self._begun.popleft().take(outcome)
