"""Trains optimizers on the small tasks, in a template of its own; it imports no torch.

On the CPU whatever the device of the review, with the kernels that every processor has: figures hardly differ
between machines then.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.client import Runner
from optreview.evidence.dynamic.wire import Job, Train, Trained
from optreview.plugins import ids
from optreview.records import TaskTraining, Training

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.wire import Limits
    from optreview.records import Failure, Sweep, Target

#: The folder that holds one task a file.
TASKS = "optreview.evidence.dynamic.training"
_ADAMW = "torch.optim:AdamW"


class Trainer(Runner):
    """A context manager, like every runner; AdamW is trained once.

    Args:
        limits: What one class may use.
        tasks: Names of the tasks; None for all.
    """

    def __init__(self, *, limits: Limits | None = None, tasks: tuple[str, ...] | None = None) -> None:
        super().__init__(device="cpu", limits=limits)
        self._tasks = ids(TASKS) if tasks is None else tasks
        self._adamw: tuple[TaskTraining, ...] | None = None

    def train(
        self, target: Target, setting: Sweep, *, on_phase: Callable[[str], None] | None = None
    ) -> Training | Failure:
        """The class at its recommended arguments beside AdamW, on every task."""
        if self._adamw is None:
            reference = self._trained(_ADAMW, Train(tasks=self._tasks), on_phase)
            if not isinstance(reference, tuple):
                return reference
            self._adamw = reference
        request = Train(job=Job(target=target), setting=setting, tasks=self._tasks)
        trained = self._trained(f"{target.module}:{target.class_name}", request, on_phase)
        if not isinstance(trained, tuple):
            return trained
        return Training(setting=setting, subject=trained, adamw=self._adamw)

    def _trained(
        self, name: str, request: Train, on_phase: Callable[[str], None] | None
    ) -> tuple[TaskTraining, ...] | Failure:
        answered = self.ask(request, on_phase)
        if answered is None:
            return failures.lost(name)
        _, transcript = answered
        found = {r.training.task: r.training for r in transcript.replies if isinstance(r, Trained)}
        problems = failures.met(name, transcript, partly=bool(found))
        if transcript.ending == "garbled" or not all(map(plausible, found.values())):
            return failures.forged(name)
        if not found or not found.keys() <= set(self._tasks):
            return problems[0] if problems else failures.forged(name)
        cut = problems[0] if problems else failures.lost(name)
        missed = {task: TaskTraining(task=task, failure=cut) for task in self._tasks if task not in found}
        return tuple(each for _, each in sorted((missed | found).items()))


def plausible(training: TaskTraining) -> bool:
    """The claim of boxed code is complete and in range."""
    if training.failure is not None:
        return not training.runs
    rates = {run.lr for run in training.runs}
    figures = [f for run in training.runs for f in (run.begun, run.ended, run.lr) if f is not None]
    return bool(training.runs) and all(map(isfinite, figures)) and (None not in rates or len(rates) == 1)
