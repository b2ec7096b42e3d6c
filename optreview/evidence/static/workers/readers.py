"""Finds and reads the optimizer classes of targets: in this process, or in workers where that is faster."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from optreview.evidence.static.discover import discover, survey
from optreview.evidence.static.look import has_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optreview.evidence.static.discover import Candidate, Discovery
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
    """

    def __init__(self, targets: Sequence[Target], ask: Callable[[Candidate], T]) -> None:
        self.targets = targets
        self.ask = ask

    def discover(self) -> Discovery:
        """As ``discover`` of the targets."""
        return discover(self.targets)

    def survey(self) -> Discovery:
        """As ``survey`` of the targets."""
        return survey(self.targets)

    def read(self, candidate: Candidate) -> T:
        """What there is to know of a class that was found."""
        return self.ask(candidate)


@contextmanager
def reader(
    targets: Sequence[Target], ask: Callable[[Candidate], T], kind: type[T], *, jobs: int
) -> Iterator[Reader[T]]:
    """A reader whose workers, if there are any, end with the block.

    Args:
        targets: Where the classes are.
        ask: What to find out about a class.
        kind: The type of what ``ask`` finds out.
        jobs: At most so many workers; 1 for none.
    """
    count = _workers(targets, jobs)
    if count < 2:
        yield Reader(targets, ask)
        return
    from optreview.evidence.static.workers.crew import Crew  # noqa: PLC0415 - a lone file has no need of it

    crew = Crew(targets, ask, kind, count)
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
