"""Does what the boxed child says of single buffers, and of how they develop, hold together?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.wire import Driven, Ran
from optreview.records.memory import family

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from optreview.evidence.dynamic.wire import Job, Reply
    from optreview.records import BufferMemory, Growth, HostBuffer, Location, MemoryRun
    from optreview.records.memory import Family

_MOST_STEPS = 1000
#: Characters of a path, and places named where one is asked for.
_LONGEST, _MOST_HOLDERS = 220, 5
#: More than any machine has.
_MOST_BYTES = 1 << 50
#: Verdicts that name what they are about.
_NAMING = frozenset({"growing", "graph_retained", "python_growth"})


def contradiction(run: MemoryRun, job: Job) -> str | None:
    """What is wrong with a run's buffers and with what it holds in Python, or None."""
    if not _distinct(b.key for b in run.buffers) or not _distinct((h.path, h.kind) for h in run.host):
        return "a buffer comes twice"
    if not fit_to_print(*(b.key for b in run.buffers), *(h.path for h in run.host)):
        return "the name of a buffer is not fit to print"
    if not all(_created(buffer, job) for buffer in run.buffers):
        return "the lines that made a buffer do not fit"
    if not all(_host(each) for each in run.host):
        return "memory of Python's is out of range"
    inside = run.kernel_internal_bytes
    if (run.device == "cpu") is not (inside is None) or (inside or 0) < 0:
        return "memory inside kernels is told where nobody counts it, or is out of range"
    return None


def divided(replies: Sequence[Reply]) -> str | None:
    """What is wrong with how state is divided among families of shapes, or None."""
    tensors = [t for r in replies if isinstance(r, Driven) for t in r.workload.tensors]
    there = {family(tensor.shape) for tensor in tensors}
    return next((told for r in replies if isinstance(r, Ran) and (told := _divided(r, there))), None)


def _divided(ran: Ran, there: AbstractSet[Family]) -> str | None:
    held = {buffer.key: buffer.bytes for buffer in ran.run.buffers}
    if not _distinct((share.key, share.family) for share in ran.shares):
        return "a share of a buffer comes twice"
    if not {share.family for share in ran.shares} <= there:
        return "a buffer belongs to parameters that are not there"
    for share in ran.shares:
        held[share.key] = held.get(share.key, 0) - share.bytes
    if any(share.bytes <= 0 for share in ran.shares) or min(held.values(), default=0) < 0:
        return "the shares of a buffer are more than it"
    return None


def _created(buffer: BufferMemory, job: Job) -> bool:
    places = [each.location for each in buffer.created]
    return (
        all(in_files(place, job) for place in places)
        and places == sorted(set(places))
        and all(each.bytes > 0 for each in buffer.created)
        and sum(each.bytes for each in buffer.created) <= buffer.bytes
    )


def _host(each: HostBuffer) -> bool:
    if each.kind == "numbers":
        return each.bytes is None and each.items > 0
    return each.bytes is not None and 0 < each.bytes < _MOST_BYTES and each.items > 0


def growth(found: Growth) -> str | None:
    """What is wrong with how state developed, or None."""
    figures = (found.steps, found.parameter_bytes, found.state_bytes)
    most = -1 if found.most_bytes is None else found.most_bytes
    if min(figures) < 0 or not 1 <= found.steps <= _MOST_STEPS or most < found.state_bytes:
        return "growth is out of range"
    if found.settled_at is not None and not 1 <= found.settled_at <= found.steps:
        return "state settled outside the run"
    if (found.verdict == "periodic") is not (found.period is not None and 1 < found.period < found.steps):
        return "a period does not fit"
    constant = found.settled_at == 1 and most == found.state_bytes
    if found.verdict == "constant" and not constant:
        return "what is constant has moved"
    if (found.verdict in _NAMING) is not bool(found.holders) or len(found.holders) > _MOST_HOLDERS:
        return "what grows is not named"
    return None if fit_to_print(*found.holders) else "the name of what grows is not fit to print"


def in_files(place: Location, job: Job) -> bool:
    """Whether a place can be one of the package's files."""
    return place.file in job.files and place.line > 0 and place.column > 0


def fit_to_print(*names: str) -> bool:
    """Whether names are short and have no control characters."""
    return all(name.isprintable() and len(name) <= _LONGEST for name in names)


def _distinct(names: Iterable[object]) -> bool:
    listed = list(names)
    return len(set(listed)) == len(listed)
