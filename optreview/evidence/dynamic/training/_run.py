"""One run: a task from a seed, with an optimizer at a learning rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.session import seed as seed_everything
from optreview.records import Option, TrainingRun

if TYPE_CHECKING:
    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.training._task import Lesson, Task

#: Digits of a figure that are kept: later ones may differ between machines.
_DIGITS = 4


def run(subject: Subject, plan: Plan, task: Task, lr: float | None, seed: int) -> TrainingRun:
    """Train from a seed; a loss that is not finite ends the run.

    Args:
        subject: The class.
        plan: How it is built and stepped.
        task: What it is tried on.
        lr: None leaves the constructor's own.
        seed: Of the models' first weights and of the order of the data.

    Raises:
        UnavailableError: The task's data is not there.
    """
    lesson = task.begin(seed)
    begun = _figure(lesson)
    if lr is not None:
        plan = plan.with_options([Option(name="lr", value=repr(lr))])
    seed_everything(seed)
    trainers = [_Trainer(subject, plan, lesson, player) for player in range(len(lesson.players))]
    finite = all(trainer.step(index) for index in range(task.steps) for trainer in trainers)
    for trainer in trainers:
        trainer.finish()
    return TrainingRun(lr=lr, seed=seed, begun=begun or 0.0, ended=_figure(lesson) if finite else None)


def _figure(lesson: Lesson) -> float | None:
    """The figure in a few digits; None where it is not finite."""
    with torch.no_grad():
        figure = lesson.figure()
    return float(f"{figure:.{_DIGITS}g}") if math.isfinite(figure) else None


class _Trainer:
    """A player's optimizer; tensors that the reviewed one does not take are AdamW's, as is customary."""

    def __init__(self, subject: Subject, plan: Plan, lesson: Lesson, player: int) -> None:
        self._plan, self._lesson, self._player = plan, lesson, player
        self._model = lesson.players[player]
        parameters = list(self._model.parameters())
        self._own = [p for p in parameters if plan.accepts(tuple(p.shape))]
        rest = [p for p in parameters if not plan.accepts(tuple(p.shape))]
        self._companion = torch.optim.AdamW(rest, lr=1e-3) if rest else None
        self._optimizer = (
            plan.build(subject.cls, self._model, self._own, subject.names) if self._own else None
        )

    def step(self, index: int) -> bool:
        """Take a step; false where the loss was not finite."""
        losses: list[float] = []

        def closure() -> torch.Tensor:
            with torch.enable_grad():
                for parameter in self._model.parameters():
                    parameter.grad = None
                loss = self._lesson.loss(self._player, index)
                self._plan.backward(loss, self._own, self._optimizer)
            losses.append(float(loss.detach()))
            return loss.detach()

        if self._optimizer is None or self._plan.gradients_first:
            closure()
        if self._optimizer is not None:
            if self._plan.closure:
                self._optimizer.step(closure)  # type: ignore[arg-type]
            else:
                self._optimizer.step()
        if self._companion is not None:
            self._companion.step()
        return all(map(math.isfinite, losses))

    def finish(self) -> None:
        """Put the weights into the place where they are judged, for those that keep two sets (2405.15682)."""
        leave = getattr(self._optimizer, "eval", None)
        if callable(leave):
            leave()
