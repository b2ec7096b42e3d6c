"""How it trained on the small tasks, beside AdamW, as a table and as what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.judgement import lessons
from optreview.report import figures

if TYPE_CHECKING:
    from optreview.records import DynamicEvidence, Sweep, TaskTraining


class Side(Frozen, frozen=True):
    """One optimizer on a task.

    Attributes:
        figure: The median over the seeds at the best learning rate, and in brackets the lowest and highest.
        lr: The best learning rate of the sweep.
        good: How many learning rates of the sweep are good, of how many.
        diverged: Runs that diverged.
    """

    figure: str
    lr: str
    good: str
    diverged: int


class Line(Frozen, frozen=True):
    """One task; ``subject`` is None where it could not be trained, for the reason given."""

    title: str
    unit: str
    begun: str
    adamw: Side
    subject: Side | None
    trains: bool = False
    middle_good: bool = False
    reason: str = ""


class TrainingView(Frozen, frozen=True):
    """The lines, and what they come to.

    Attributes:
        lines: Tasks on which AdamW was trained.
        missing: Titles of the others, with the reason.
        setting: What of the subject was tried.
        ran: Tasks on which the subject ran; ``trains``, ``middle_good``: on how many of them it does, and the
            recommended learning rate is a good one.
        diverged: Its runs that diverged, of ``runs``.
    """

    lines: tuple[Line, ...]
    missing: tuple[tuple[str, str], ...]
    setting: Sweep
    ran: int
    trains: int
    middle_good: int
    diverged: int
    runs: int


def build(dynamic: DynamicEvidence) -> TrainingView | None:
    """Lay it out, or None where it was not asked for."""
    training = dynamic.training
    if training is None:
        return None
    own = {each.task: each for each in training.subject}
    adamw = {each.task: each for each in training.adamw}
    known = [lesson for lesson in lessons.load() if lesson.id in own and lesson.id in adamw]
    pairs = [(lesson, own[lesson.id], adamw[lesson.id]) for lesson in known]
    lines = tuple(_line(*each) for each in pairs if each[2].runs)
    tried = [each for _, each, _ in pairs if each.runs]
    return TrainingView(
        lines=lines,
        missing=tuple((a.title, b.failure.message) for a, _, b in pairs if b.failure is not None),
        setting=training.setting,
        ran=sum(line.subject is not None for line in lines),
        trains=sum(line.trains for line in lines),
        middle_good=sum(line.middle_good for line in lines),
        diverged=sum(each.diverged for each in tried),
        runs=sum(len(each.runs) for each in tried),
    )


def _line(lesson: lessons.Lesson, subject: TaskTraining, adamw: TaskTraining) -> Line:
    return Line(
        title=lesson.title,
        unit=lesson.unit,
        begun=_figure(adamw.sweep[0].begun),
        adamw=_side(adamw),
        subject=_side(subject) if subject.runs else None,
        trains=bool(subject.runs) and subject.trains(adamw),
        middle_good=bool(subject.runs) and _middle(subject) in subject.good,
        reason=subject.failure.message if subject.failure else "",
    )


def _middle(training: TaskTraining) -> float | None:
    rates = sorted(run.lr for run in training.sweep if run.lr is not None)
    return rates[len(rates) // 2] if rates else None


def _side(training: TaskTraining) -> Side:
    finals = [_figure(each) for each in training.finals]
    lr = training.best.lr
    return Side(
        figure=f"{finals[len(finals) // 2]} ({finals[0]} to {finals[-1]})",
        lr="–" if lr is None else f"{lr:.3g}",
        good="–" if lr is None else f"{len(training.good)} of {len(training.sweep)}",
        diverged=training.diverged,
    )


def _figure(value: float | None) -> str:
    """A figure in the digits that a seed does not move; true minus sign as in the other tables."""
    return "diverged" if value is None else f"{value:.2f}".replace("-", "−")


def summary(view: TrainingView) -> str:
    """One line for the terminal."""
    tasks = figures.count(view.ran, "small task")
    told = f"Training: it trains on {view.trains} of {tasks}"
    if view.setting.ratio is not None or view.setting.fixed is not None:
        told += f"; the middle learning rate of its sweep is among the good ones on {view.middle_good}"
    return f"{told}; {view.diverged} of {figures.count(view.runs, 'run')} diverged."
