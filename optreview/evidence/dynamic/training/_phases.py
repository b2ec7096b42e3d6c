"""The phases of training: one a task, for a reviewed class or for AdamW."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.memory.reference import ADAMW, PLAIN
from optreview.evidence.dynamic.tasks import Task as Phase
from optreview.evidence.dynamic.training._sweep import sweep
from optreview.evidence.dynamic.training._task import UnavailableError, tasks
from optreview.evidence.dynamic.trials.stage import takes
from optreview.evidence.dynamic.wire import Trained
from optreview.records import Failure, TaskTraining

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.training._task import Task
    from optreview.evidence.dynamic.wire import Reply, Train
    from optreview.records import Sweep


def phases(subject: Subject, plan: Plan, request: Train) -> Iterator[Phase]:
    """A phase a task, for the class that was driven with this plan."""
    plan = plan.with_options(request.setting.arguments)
    swept = takes(subject.cls, "lr")
    for task in _chosen(request):
        middle = _middle(task, request.setting) if swept else None
        yield Phase(_doing(task), partial(_trained, subject, plan, task, middle), partial(_untrained, task))


def references(request: Train) -> Iterator[Phase]:
    """The same for AdamW at its defaults; no reviewed code is needed."""
    for task in _chosen(request):
        yield Phase(_doing(task), partial(_trained, ADAMW, PLAIN, task, task.rate), partial(_untrained, task))


def _chosen(request: Train) -> list[Task]:
    return [task for task in tasks() if task.id in request.tasks]


def _middle(task: Task, setting: Sweep) -> float | None:
    if setting.fixed is not None:
        return setting.fixed
    return None if setting.ratio is None else task.rate * setting.ratio


def _doing(task: Task) -> str:
    return f"training on {task.id}"


def _trained(subject: Subject, plan: Plan, task: Task, middle: float | None) -> Reply:
    try:
        return Trained(training=sweep(subject, plan, task, middle))
    except UnavailableError as error:
        return _untrained(task, Failure(kind="missing-package", message=f"{error}"))


def _untrained(task: Task, failure: Failure) -> Reply:
    return Trained(training=TaskTraining(task=task.id, failure=failure))
