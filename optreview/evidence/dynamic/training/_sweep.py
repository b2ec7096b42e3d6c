"""A small sweep of learning rates on a task: the same number of runs for everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.training._run import run
from optreview.records import TaskTraining

if TYPE_CHECKING:
    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.training._task import Task
    from optreview.records import TrainingRun

#: Half decades around the middle.
FACTORS = (0.1, 0.316, 1.0, 3.16, 10.0)
#: The sweep's seed, and those of the further runs at the learning rate that did best in it.
SEEDS = (1, 2, 3)
_DIGITS = 4


def sweep(subject: Subject, plan: Plan, task: Task, middle: float | None) -> TaskTraining:
    """Train at each learning rate, then from further seeds at the best.

    Args:
        subject: The class.
        plan: How it is built and stepped, with the recommended arguments.
        task: What it is tried on.
        middle: The learning rate in the middle; None where the constructor takes none, and there is one run a
            seed.

    Raises:
        UnavailableError: The task's data is not there.
    """
    rates = [None] if middle is None else [float(f"{middle * factor:.{_DIGITS}g}") for factor in FACTORS]
    first = [run(subject, plan, task, rate, SEEDS[0]) for rate in rates]
    best = min(first, key=_rank)
    further = [run(subject, plan, task, best.lr, seed) for seed in SEEDS[1:]]
    return TaskTraining(task=task.id, runs=(*first, *further))


def _rank(training: TrainingRun) -> tuple[bool, float]:
    """The lower the better; what diverged comes last."""
    return training.ended is None, training.ended or 0.0
