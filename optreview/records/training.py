"""How an optimizer trained on small tasks, beside AdamW: a sanity check, never a ranking."""

from __future__ import annotations

import math
from statistics import median

from optreview.records.common import Record
from optreview.records.memory import Failure, Option

#: A learning rate is good when it brings this share of what the best one brings.
GOOD = 0.9
#: An optimizer trains on a task when it brings this share of what AdamW brings there.
TRAINS = 0.5


class TrainingRun(Record, frozen=True, kw_only=True):
    """One run from one seed.

    Attributes:
        lr: The learning rate; None where the constructor takes none.
        seed: Of the first weights and of the order of the data.
        begun: The task's figure before the first step; lower is better.
        ended: After the last one; None where a loss or the figure was not finite.
    """

    lr: float | None
    seed: int
    begun: float
    ended: float | None

    @property
    def gain(self) -> float:
        """By how much the figure fell; minus infinity where the run diverged."""
        return -math.inf if self.ended is None else self.begun - self.ended


class Sweep(Record, frozen=True, kw_only=True):
    """The setting that is tried: arguments, and where the learning rates of the sweep lie.

    Attributes:
        arguments: The constructor arguments that are set besides the learning rate.
        ratio: The learning rate over AdamW's, by which the middle of AdamW's sweep is moved.
        fixed: The learning rate in the middle of every sweep, where it does not follow AdamW's. With neither,
            the constructor takes none.
    """

    arguments: tuple[Option, ...] = ()
    ratio: float | None = None
    fixed: float | None = None


class TaskTraining(Record, frozen=True, kw_only=True):
    """A sweep of learning rates from the first seed, then the best of them from further seeds.

    Attributes:
        task: The name of the file that describes it.
        failure: Why there are no runs.
    """

    task: str
    runs: tuple[TrainingRun, ...] = ()
    failure: Failure | None = None

    @property
    def sweep(self) -> tuple[TrainingRun, ...]:
        """The runs from the first seed, one a learning rate."""
        return tuple(run for run in self.runs if run.seed == self.runs[0].seed)

    @property
    def best(self) -> TrainingRun:
        """That of the sweep which came furthest."""
        return max(self.sweep, key=lambda run: run.gain)

    @property
    def finals(self) -> tuple[float | None, ...]:
        """The figures at the best learning rate, from the lowest; None, last, for a run that diverged."""
        ended = [run.ended for run in self.runs if run.lr == self.best.lr]
        return tuple(sorted(ended, key=lambda each: (each is None, each or 0.0)))

    @property
    def typical_gain(self) -> float:
        """The median gain over the seeds at the best learning rate."""
        return median(run.gain for run in self.runs if run.lr == self.best.lr)

    @property
    def good(self) -> tuple[float, ...]:
        """The learning rates of the sweep that bring nearly what the best one brings."""
        least = GOOD * self.best.gain
        return tuple(run.lr for run in self.sweep if run.lr is not None and run.gain >= least > 0)

    @property
    def diverged(self) -> int:
        """Runs that diverged, of all."""
        return sum(run.ended is None for run in self.runs)

    def trains(self, reference: TaskTraining) -> bool:
        """Whether it brings at least half of what AdamW brings on the same task."""
        return self.typical_gain >= TRAINS * reference.typical_gain > 0


class Training(Record, frozen=True, kw_only=True):
    """The subject with its recommended arguments, and AdamW at its defaults, on every task.

    Attributes:
        setting: What of the subject is tried.
        subject: The subject, by task.
        adamw: AdamW, by task.
    """

    setting: Sweep
    subject: tuple[TaskTraining, ...]
    adamw: tuple[TaskTraining, ...]
