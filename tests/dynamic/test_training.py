"""Small tasks: they are learnt, told apart from what learns nothing, and end when reviewed code does not."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from optreview import plugins
from optreview.evidence.dynamic.client import Limits
from optreview.evidence.dynamic.memory.reference import ADAMW, PLAIN
from optreview.evidence.dynamic.memory.run import Subject
from optreview.evidence.dynamic.trainer import TASKS, Trainer, plausible
from optreview.evidence.dynamic.training._run import run
from optreview.evidence.dynamic.training._sweep import FACTORS, SEEDS, sweep
from optreview.evidence.dynamic.training._task import Task, tasks
from optreview.judgement import lessons
from optreview.records import Failure, Sweep, TaskTraining, TrainingRun
from tests.dynamic.conftest import lone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The tasks that take hundredths of a second.
QUICK = ("quadratic",)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in the box; small operations on several threads mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def task(name: str) -> Task:
    return next(each for each in tasks() if each.id == name)


def subject(cls: type[torch.optim.Optimizer]) -> Subject:
    return Subject(cls=cls, qualified_name=cls.__name__, names={})


class Ascent(torch.optim.SGD):
    """Gradient descent in the wrong direction: it diverges, or at least learns nothing."""

    def __init__(self, params: object, lr: float = 1e-3) -> None:
        super().__init__(params, lr, maximize=True)  # type: ignore[arg-type]


def test_every_task_has_its_words_and_no_words_are_left_over() -> None:
    assert {lesson.id for lesson in lessons.load()} == set(plugins.ids(TASKS)) == {t.id for t in tasks()}


@pytest.mark.parametrize("name", plugins.ids(TASKS))
def test_adamw_learns_each_task_and_the_same_each_time(name: str) -> None:
    """At the middle of its sweep it comes far below where it began, and a run repeats to the bit."""
    chosen = task(name)
    first = run(ADAMW, PLAIN, chosen, chosen.rate, SEEDS[0])
    assert first.ended is not None
    assert first.gain > 0.4 * abs(first.begun)
    if name in QUICK:
        assert run(ADAMW, PLAIN, chosen, chosen.rate, SEEDS[0]) == first


@pytest.mark.parametrize("name", ["quadratic", "rosenbrock"])
def test_ascent_does_not_train(name: str) -> None:
    chosen = task(name)
    adamw = sweep(ADAMW, PLAIN, chosen, chosen.rate)
    ascent = sweep(subject(Ascent), PLAIN, chosen, chosen.rate)
    assert not ascent.trains(adamw)
    assert ascent.good == ()
    assert adamw.trains(adamw)


def test_a_loss_that_is_not_finite_ends_a_run() -> None:
    found = run(subject(torch.optim.SGD), PLAIN, task("rosenbrock"), 1e6, 1)
    assert found.ended is None
    assert found.gain == -math.inf


def test_steepest_descent_in_the_bowl_is_what_the_closed_form_says() -> None:
    """Each direction of curvature c shrinks by (1 - lr c) a step; the noise adds little to that."""
    lr, chosen = 0.5, task("quadratic")
    lesson = chosen.begin(1)
    bowl = lesson._curvature  # type: ignore[attr-defined]
    start = next(lesson.players[0].parameters()).detach().flatten()
    curvature, directions = torch.linalg.eigh(bowl)
    left = (directions.T @ start) * (1 - lr * curvature) ** chosen.steps
    expected = math.log10(float((curvature * left**2).sum() / 2))
    found = run(subject(torch.optim.SGD), PLAIN, chosen, lr, 1)
    assert found.ended == pytest.approx(expected, abs=0.15)


ends = st.none() | st.integers(-20, 20).map(lambda quarters: quarters / 4)


@given(ends=st.lists(ends, min_size=3, max_size=3), further=st.lists(ends, min_size=2, max_size=2))
def test_what_a_sweep_comes_to(ends: list[float | None], further: list[float | None]) -> None:
    """The best is the lowest figure, its seeds are ranked, and what diverged is counted once."""
    first = [TrainingRun(lr=lr, seed=1, begun=6.0, ended=e) for lr, e in zip([1, 2, 3], ends, strict=True)]
    found = TaskTraining(task="quadratic", runs=tuple(first))
    lowest = min((e for e in ends if e is not None), default=None)
    assert found.best.ended == lowest
    more = [TrainingRun(lr=found.best.lr, seed=s, begun=6.0, ended=e) for s, e in enumerate(further, 2)]
    found = TaskTraining(task="quadratic", runs=(*first, *more))
    every = [*ends, *further]
    assert found.diverged == every.count(None)
    assert len(found.finals) == 3
    if lowest is not None:
        assert found.best.lr in found.good


def test_a_class_of_the_users_is_trained_in_the_box(tmp_path: Path) -> None:
    """One that trains, and one that is AdamW for two steps and then ends the process; both beside AdamW."""
    file = tmp_path / "mine.py"
    file.write_text(
        textwrap.dedent(
            """
            import os, torch

            class Mine(torch.optim.AdamW):
                pass

            class Quits(torch.optim.AdamW):
                def step(self, closure=None):
                    self.taken = getattr(self, "taken", 0) + 1
                    if self.taken > 50:
                        os._exit(3)
                    return super().step(closure)
            """
        )
    )
    with Trainer(limits=Limits(wall_seconds=60), tasks=QUICK) as trainer:
        mine = trainer.train(lone(file, "Mine"), Sweep(ratio=1.0))
        assert not isinstance(mine, Failure), mine.message
        assert mine.subject == mine.adamw
        assert len(mine.subject[0].runs) == len(FACTORS) + len(SEEDS) - 1
        quits = trainer.train(lone(file, "Quits"), Sweep(ratio=1.0))
        assert not isinstance(quits, Failure), quits.message
        (failed,) = quits.subject
        assert failed.failure is not None
        assert "status 3" in failed.failure.message


def test_claims_that_cannot_be_are_not_believed() -> None:
    good = TrainingRun(lr=1e-3, seed=1, begun=1.0, ended=0.5)
    other = TrainingRun(lr=None, seed=1, begun=1.0, ended=None)
    endless = TrainingRun(lr=1.0, seed=1, begun=math.inf, ended=1.0)
    failed = Failure(kind="timeout", message="Late.")
    assert plausible(TaskTraining(task="quadratic", runs=(good,)))
    assert plausible(TaskTraining(task="quadratic", runs=(other,)))
    assert plausible(TaskTraining(task="quadratic", failure=failed))
    assert not plausible(TaskTraining(task="quadratic"))
    assert not plausible(TaskTraining(task="quadratic", runs=(endless,)))
    assert not plausible(TaskTraining(task="quadratic", runs=(good, other)))
    assert not plausible(TaskTraining(task="quadratic", runs=(good,), failure=failed))
