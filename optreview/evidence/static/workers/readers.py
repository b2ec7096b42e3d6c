"""Finds and reads the optimizer classes of targets: in this process, or in workers where that is faster."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from optreview.evidence.static.discover import discover, survey
from optreview.evidence.static.look import has_class, look
from optreview.evidence.static.source.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from optreview.evidence.static.discover import Candidate, Discovery
    from optreview.evidence.static.look import Looked
    from optreview.records import Target
    from optreview.records.common import Record

T = TypeVar("T", bound="Record")

#: Bytes of source for which a worker is worth forking.
_SHARE = 50_000


class Reader(Generic[T]):
    """Finds and reads in this process.

    Args:
        targets: Where the classes are.
        ask: What to find out about a class.
        known: What looking at some of the targets shows, by their number.

    Attributes:
        seen: What looking at the others has shown; of a lone process only where something was known.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        ask: Callable[[Candidate], T],
        known: Mapping[int, Looked] | None = None,
    ) -> None:
        self.targets = targets
        self.ask = ask
        self.known = known or {}
        self.seen: dict[int, Looked] = {}
        self._parsed = Library()

    def discover(self) -> Discovery:
        """As ``discover`` of the targets."""
        return discover(self.targets, self._looks if self.known else None)

    def survey(self) -> Discovery:
        """As ``survey`` of the targets."""
        return survey(self.targets, self._looks if self.known else None)

    def _looks(self) -> Iterator[Looked]:
        for number, target in enumerate(self.targets):
            if number in self.known:
                yield self.known[number]
                continue
            looked = look(target, self._parsed, alone=len(self.targets) == 1, every=False)
            self.seen[number] = looked
            yield looked

    def read(self, candidate: Candidate) -> T:
        """What there is to know of a class that was found."""
        return self.ask(candidate)


@contextmanager
def reader(  # noqa: PLR0913 - what to read, by whom, and what is known of it
    targets: Sequence[Target],
    ask: Callable[[Candidate], T],
    kind: type[T],
    *,
    jobs: int,
    ahead: bool = True,
    known: Mapping[int, Looked] | None = None,
) -> Iterator[Reader[T]]:
    """A reader whose workers, if there are any, end with the block.

    Args:
        targets: Where the classes are.
        ask: What to find out about a class.
        kind: The type of what ``ask`` finds out.
        jobs: At most so many workers; 1 for none.
        ahead: Workers read every class that is found, before it is asked for.
        known: What looking at some of the targets shows, by their number.
    """
    count = _workers([each for number, each in enumerate(targets) if number not in (known or {})], jobs)
    if count < 2:
        yield Reader(targets, ask, known)
        return
    from optreview.evidence.static.workers.crew import Crew  # noqa: PLC0415 - a lone file has no need of it

    crew = Crew(targets, ask, kind, count, known=known, ahead=ahead)
    try:
        yield crew
    finally:
        crew.close()


def _workers(targets: Sequence[Target], jobs: int) -> int:
    """How many workers are worth it: none for little source, or where forking is not safe."""
    if min(len(targets), jobs) < 2 or not _can_fork():
        return 0
    sizes = [size for target in targets if (size := _size(Path(target.path)))]
    return min(jobs, len(sizes), sum(sizes) // _SHARE)


def _can_fork() -> bool:
    """A fork keeps one thread only, and whatever the others have locked stays so.

    Elsewhere than on Linux there is no fork, or system libraries may abort in it, as on macOS. There all is
    read in this process: a worker that is started anew, and not forked, has everything to import first.
    """
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


def _size(path: Path) -> int:
    try:
        data = path.read_bytes()
    except OSError:
        return 0
    return len(data) if has_class(data) else 0
