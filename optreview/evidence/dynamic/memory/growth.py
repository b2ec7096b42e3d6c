"""Does state keep growing? Judged on a small model, over many steps, with fresh gradients in each.

Reused gradient tensors would hide an autograd graph that a buffer keeps alive. L-BFGS fills its history for a
hundred steps: that is bounded, not a leak, so a rise is followed as far as the constructor's integers could
explain it.
"""

from __future__ import annotations

import gc
import inspect
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.memory.account import fit
from optreview.evidence.dynamic.session import Session
from optreview.evidence.dynamic.workloads import SMALL, bench
from optreview.records import Growth

if TYPE_CHECKING:
    from optreview.evidence.dynamic.memory.account import Census
    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.records import GrowthVerdict

#: Steps of every judgement, and the most while something moves; a history may be as long as an integer that
#: the constructor takes says, and is then followed further while steps are cheap.
SHORT, LONG, LONGEST = 50, 300, 1_000
#: Steps without a new maximum after which something counts as settled.
QUIET = 25
#: Fewer rises than this, after the first step, are no trend.
FEWEST_RISES = 3
#: Whole periods that must have been seen, one like the other.
FEWEST_PERIODS = 3
#: Operations after which a few quiet steps are enough, for methods with many inner iterations.
_MANY_OPERATIONS, _FEW_QUIET = 60_000, 3
#: Places named in a record.
_MOST_HOLDERS = 5


def growth(subject: Subject, plan: Plan, device: str, omitted: tuple[str, ...]) -> Growth:
    """Step until the state has been quiet for a while, or until nothing but a leak explains the rise."""
    gc.disable()
    stage = bench(SMALL, dtype=torch.float32, device=device, batches=SHORT, omitted=omitted)
    session = Session(subject, plan, stage)
    course = _Course(most=max(LONG, min(LONGEST, 2 * _largest_integer(subject) + 10)))
    first: Counter[str] = Counter()
    while course.open:
        session.step(len(course.state.levels))
        spent = session.ledger.operations
        session.clear_gradients()
        gc.collect()
        course.take(session.settle(), session.census, spent)
        first = first or _bytes(session)
    return course.judged(session.parameter_bytes, _bytes(session) - first)


def _bytes(session: Session) -> Counter[str]:
    return Counter({buffer.key: buffer.bytes for buffer in session.account().buffers})


@dataclass
class Series:
    """A figure after each step; ``rises`` are the steps with a new maximum, the first one included."""

    levels: list[int] = field(default_factory=list)
    rises: list[int] = field(default_factory=list)

    def add(self, level: int) -> None:
        """One more step."""
        self.levels.append(level)
        if not self.rises or level > self.levels[self.rises[-1] - 1]:
            self.rises.append(len(self.levels))

    @property
    def quiet(self) -> int:
        """Steps since the last new maximum."""
        return len(self.levels) - self.rises[-1] if self.rises else 0

    def rising(self, patience: int) -> bool:
        """Whether it has grown time and again, and not long ago."""
        return len(self.rises) > FEWEST_RISES and self.quiet < patience

    @property
    def settled(self) -> int:
        """The first step of those at the end that are all alike."""
        last = self.levels[-1]
        changed = (n for n in range(len(self.levels), 0, -1) if self.levels[n - 1] != last)
        return next(changed, 0) + 1

    @property
    def period(self) -> int | None:
        """Steps after which the end repeats itself, where it does and is not constant."""
        for period in range(2, len(self.levels) // FEWEST_PERIODS + 1):
            end = self.levels[-FEWEST_PERIODS * period :]
            if len(set(end)) > 1 and all(a == b for a, b in zip(end, end[period:], strict=False)):
                return period
        return None


@dataclass
class _Course:
    """What was held after each step: tensors' bytes, and what Python keeps besides."""

    most: int
    state: Series = field(default_factory=Series)
    python: Series = field(default_factory=Series)
    spent: int = 0
    graphs: tuple[str, ...] = ()
    first: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)

    def take(self, state_bytes: int, census: Census, operations: int) -> None:
        self.spent += operations
        self.state.add(state_bytes)
        self.python.add(sum(census.entries.values()))
        self.entries, self.graphs = census.entries, census.graphs
        self.first = self.first or census.entries

    @property
    def patience(self) -> int:
        """Steps without a change that are long enough."""
        return QUIET if self.spent < _MANY_OPERATIONS else _FEW_QUIET

    @property
    def open(self) -> bool:
        """Whether the verdict is still open: what rises is followed, and so is what comes and goes."""
        steps = len(self.state.levels)
        if self.spent >= _MANY_OPERATIONS:
            return steps < LONG and self.state.quiet < _FEW_QUIET
        moves = self.state.quiet < QUIET or self.python.quiet < QUIET or self._unsteady
        most = SHORT if self.graphs else self.most  # a graph that is kept needs no more proof
        return steps < SHORT or (steps < most and moves)

    @property
    def _unsteady(self) -> bool:
        """Whether tensors come and go, in a way that has not repeated itself yet."""
        recent = len(set(self.state.levels[-QUIET:])) > 1
        return recent and len(self.state.levels) < LONG and self.state.period is None

    def judged(self, parameter_bytes: int, added: Counter[str]) -> Growth:
        """What the whole course comes to; ``added`` is what each buffer has gained since the first step."""
        verdict, levels = self._verdict(), self.state.levels
        holders = {"graph_retained": self.graphs, "python_growth": _most(self.entries - self.first)}
        holders["growing"] = _most(added)
        still = len(levels) - self.state.settled + 1
        return Growth(
            verdict=verdict,
            steps=len(levels),
            settled_at=self.state.settled if still >= min(self.patience, len(levels)) else None,
            parameter_bytes=parameter_bytes,
            state_bytes=levels[-1],
            most_bytes=max(levels),
            period=self.state.period if verdict == "periodic" else None,
            holders=tuple(dict.fromkeys(map(fit, holders.get(verdict, ()))))[:_MOST_HOLDERS],
        )

    def _verdict(self) -> GrowthVerdict:
        state = self.state
        if self.graphs:
            return "graph_retained"
        if state.rising(self.patience):
            return "growing"
        if self.python.rising(self.patience):
            return "python_growth"
        if len(set(state.levels)) == 1:
            return "constant"
        if state.period is not None:
            return "periodic"
        stayed = state.rises[-1] == state.settled and state.levels == sorted(state.levels)
        return "lazy" if stayed and len(state.rises) <= FEWEST_RISES else "bounded"


def _most(more: Counter[str]) -> tuple[str, ...]:
    """The places that have gained, the largest gain first."""
    return tuple(path for path, _ in sorted(more.items(), key=lambda item: (-item[1], item[0])))


def _largest_integer(subject: Subject) -> int:
    try:
        parameters = inspect.signature(subject.cls).parameters.values()
    except (TypeError, ValueError):
        return 0
    integers = [p.default for p in parameters if type(p.default) is int]
    return max(integers, default=0)
