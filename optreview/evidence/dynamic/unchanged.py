"""Whether two records of the same class say the same: pure comparison, outside the box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.wire import Driven, Followed

if TYPE_CHECKING:
    from optreview.evidence.dynamic.exchange import Transcript
    from optreview.evidence.dynamic.wire import Trail
    from optreview.records import Failure


@dataclass(frozen=True)
class Course:
    """A class followed through its settings, or why that was not possible.

    Attributes:
        driven: How it was built and stepped.
        failure: Why nothing, or no more than the trails, is known.
    """

    driven: Driven | None
    trails: tuple[Trail, ...]
    failure: Failure | None = None

    @property
    def runs(self) -> bool:
        """Whether at least one setting runs to its end."""
        return self.driven is not None and any(trail.error is None for trail in self.trails)

    @property
    def lines(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """For each trail, the lines of each watched file that it executed."""
        return tuple(trail.lines for trail in self.trails)


def course(name: str, transcript: Transcript) -> Course:
    """What a boxed child said of a class that it followed."""
    driven = next((r for r in transcript.replies if isinstance(r, Driven)), None)
    trails = tuple(r.trail for r in transcript.replies if isinstance(r, Followed))
    settings = {trail.setting for trail in trails}
    if transcript.ending == "garbled" or len(settings) != len(trails):
        return Course(None, (), failures.forged(name))
    problems = failures.met(name, transcript, partly=False)
    return Course(driven, trails, problems[0] if problems else None)


@dataclass(frozen=True)
class Comparison:
    """What comparing came to.

    Attributes:
        change: The first difference, as words that follow the class's name; None when there is none.
        equal: Settings that ran to their end in both, with equal bits after every step.
        mended: Settings in which the original raises and the other one runs, with what it raises.
        lines: The lines of each watched file that these settings executed in the original.
    """

    change: str | None
    equal: tuple[str, ...] = ()
    mended: tuple[tuple[str, str], ...] = ()
    lines: tuple[frozenset[int], ...] = ()


def compare(before: Course, after: Course) -> Comparison:
    """Look for the first difference that the second record shows."""
    if before.driven is None or after.driven is None:
        return Comparison(_why(after))
    if before.driven != after.driven:
        return Comparison("has to be built or stepped in another way")
    others = {trail.setting: trail for trail in after.trails}
    equal: list[str] = []
    mended: list[tuple[str, str]] = []
    lines: list[set[int]] = []
    for trail in before.trails:
        other = others.get(trail.setting)
        if other is None:
            return Comparison(_why(after))
        change = _change(trail, other)
        if change is not None:
            return Comparison(f"{change} with {trail.setting}")
        if other.error is not None:
            continue
        if trail.error is None:
            equal.append(trail.setting)
        else:
            mended.append((trail.setting, trail.error))
        lines += [set() for _ in range(len(trail.lines) - len(lines))]
        for found, executed in zip(lines, trail.lines, strict=False):
            found.update(executed)
    return Comparison(None, tuple(equal), tuple(mended), tuple(map(frozenset, lines)))


def _why(course: Course) -> str:
    return (
        f"cannot be run to the end ({course.failure.message})"
        if course.failure
        else "cannot be run to the end"
    )


def _change(one: Trail, other: Trail) -> str | None:
    for step, (left, right) in enumerate(zip(one.steps, other.steps, strict=False), start=1):
        if left != right:
            names = [*left, *(name for name in right if name not in left)]
            part = next(name for name in names if left.get(name) != right.get(name))
            return f"differs in {part} after step {step}"
    if len(other.steps) < len(one.steps) or (other.error is not None and one.error is None):
        return f"raises {other.error.rstrip('.')}" if other.error else f"ends after step {len(other.steps)}"
    return None if one.error is not None else _memory(one, other)


def _memory(one: Trail, other: Trail) -> str | None:
    if other.state_bytes > one.state_bytes:
        return f"keeps {other.state_bytes - one.state_bytes} bytes more"
    if other.peak_bytes > one.peak_bytes:
        return f"needs {other.peak_bytes - one.peak_bytes} bytes more during a step"
    if other.recorded > one.recorded:
        return f"keeps {other.recorded - one.recorded} tensors more that require gradients"
    return None
