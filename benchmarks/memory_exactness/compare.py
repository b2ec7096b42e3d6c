"""One class on every model, along every path: simulated beside real."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

import msgspec

from benchmarks.keeping import found
from benchmarks.memory_exactness.shapes import models
from optreview.evidence.dynamic.wire import Compare, Job, Stepped
from optreview.records import Failure
from optreview.records.common import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from optreview.evidence.dynamic.client import Runner
    from optreview.evidence.static import Candidate

Verdict = Literal["equal", "off", "not simulated", "does not run"]
#: A class is also ``by values``: the simulation is off, and real runs differ among themselves.
Judged = Verdict | Literal["by values", "not measured"]
#: Every model in float32; the first also in bfloat16, and along the multi-tensor path.
MODELS = (*models("float32"), models("bfloat16")[0])
FOREACH = (MODELS[0].name,)
#: Further real runs, with other values each, of what a simulation is off for.
DRAWS = (2, 3, 4)

Level = tuple[int, int]


@dataclass(frozen=True)
class Scene:
    """A model and a path, simulated and real; ``others`` are real runs with other values."""

    model: str
    path: str
    simulated: Stepped
    real: Stepped
    others: tuple[Stepped, ...] = ()

    @property
    def pairs(self) -> list[tuple[Level, Level]]:
        """Levels side by side: where the simulation stopped, it says that nothing changes any more."""
        said, seen = self.simulated.levels, self.real.levels
        return list(zip_longest(said[: len(seen)], seen, fillvalue=said[-1] if said else (0, 0)))

    @property
    def verdict(self) -> Verdict:
        """Equal means: state and peak, after every step."""
        if self.real.failure is not None:
            return "does not run"
        if self.simulated.failure is not None:
            return "not simulated"
        return "equal" if all(said == seen for said, seen in self.pairs) else "off"

    @property
    def parted(self) -> int | None:
        """The first step, from zero, after which the real runs are not all alike."""
        courses = [self.real.levels, *(each.levels for each in self.others if each.failure is None)]
        steps = enumerate(zip(*courses, strict=False))
        return next((n for n, levels in steps if len(set(levels)) > 1), None)

    @property
    def words(self) -> str:
        """What happened, for the report."""
        where = f"{self.model}" + (f", {self.path}" if self.path != "default" else "")
        failure = self.real.failure or self.simulated.failure
        if failure is not None:
            return f"{where}: {self.verdict}: {failure.message}"
        if self.verdict == "equal":
            return f"{where}: equal in all of {len(self.pairs)} steps"
        wrong = [(n, said, seen) for n, (said, seen) in enumerate(self.pairs, 1) if said != seen]
        step, said, seen = max(wrong, key=lambda each: _distance(each[1], each[2]))
        return (
            f"{where}: {len(wrong)} of {len(self.pairs)} steps differ, most in step {step}: "
            f"state {said[0]:,} for {seen[0]:,}, peak {said[1]:,} for {seen[1]:,}{self._apart()}"
        )

    def _apart(self) -> str:
        """Where real runs differ among themselves, and their bytes there."""
        if self.parted is None:
            return f"; {len(self.others) + 1} real runs agree" if self.others else ""
        n = self.parted
        levels = [each.levels[n] for each in (self.real, *self.others) if each.failure is None]
        figures = ", ".join(f"{state:,} and {peak:,}" for state, peak in levels)
        return f"; state and peak of real runs with other values in step {n + 1}: {figures}"


def _distance(one: Level, other: Level) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


@dataclass(frozen=True)
class Case:
    """A class: its scenes, or why there are none, or no more."""

    name: str
    scenes: tuple[Scene, ...]
    failure: Failure | None
    measured: bool = True

    @property
    def ran(self) -> list[Scene]:
        """The scenes that can be judged."""
        return [each for each in self.scenes if each.verdict != "does not run"]

    @property
    def verdict(self) -> Judged:
        """The worst of its scenes; by values, where it is off and real runs of a scene that is off differ."""
        if not self.measured:
            return "not measured"
        found = {each.verdict for each in self.ran}
        if not found:
            return "does not run"
        if "not simulated" not in found and any(each.parted is not None for each in self.ran):
            return "by values"
        worst: tuple[Verdict, ...] = ("off", "not simulated", "equal")
        return next(each for each in worst if each in found)


class Kept(Record, frozen=True, kw_only=True):
    """What the box sent, as it is kept for the next time."""

    stepped: tuple[Stepped, ...]
    failure: Failure | None


def cases(runner: Runner | None, candidates: Sequence[Candidate], keep: Path | None) -> Iterator[Case]:
    """Every class, in the order of the candidates; without a runner, what was kept of it."""
    for candidate in candidates:
        name = f"{candidate.target.module}:{candidate.target.class_name}"
        job = Job(target=candidate.target, models=MODELS, only_traces=True)
        kept = found(keep, name, Kept, None if runner is None else partial(measured, runner, job))
        if kept is None:
            yield Case(name, (), None, measured=False)
            continue
        case = Case(name, tuple(paired(kept.stepped)), kept.failure)
        print(f"{name}: {case.verdict}", flush=True)
        yield case


def measured(runner: Runner, job: Job) -> Kept:
    """Simulated and run; where the two differ, run again with other values."""
    stepped, failure = runner.compare(Compare(job=job, foreach=FOREACH))
    off = {scene.model for scene in paired(stepped) if scene.verdict == "off"}
    if off:
        again = msgspec.structs.replace(job, models=tuple(each for each in job.models if each.name in off))
        request = Compare(job=again, foreach=FOREACH, simulated=False, draws=DRAWS)
        further, trouble = runner.compare(request)
        stepped, failure = (*stepped, *further), failure or trouble
    return Kept(stepped=stepped, failure=failure)


def paired(stepped: Sequence[Stepped]) -> Iterator[Scene]:
    """Simulated and real courses of the same model and path; those without the other are left out."""
    grouped: dict[tuple[str, str], list[Stepped]] = {}
    for each in stepped:
        grouped.setdefault((each.model, each.implementation), []).append(each)
    for (model, path), courses in grouped.items():
        simulated = [each for each in courses if each.draw is None]
        real = [each for each in courses if each.draw is not None]
        if simulated and real:
            yield Scene(model, path, simulated[0], real[0], tuple(real[1:]))
