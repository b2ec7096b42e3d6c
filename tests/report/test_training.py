"""The page on training: figures with their spread, what they come to, and what was not measured."""

from __future__ import annotations

import msgspec
import pytest
from rich.console import Console

from optreview.judgement import sweep, verdict
from optreview.records import Failure, Sweep, TaskTraining, Training, TrainingRun
from optreview.report import terminal
from tests import samples
from tests.report.test_page import page, review

LATE = Failure(kind="timeout", message="It <b>took</b> too long.")


def lesson(
    task: str, ends: list[float | None], further: list[float | None], begun: float = 2.0
) -> TaskTraining:
    """Learning rates of 1, 2, 3 … from the first seed, and the best of them from others."""
    first = [TrainingRun(lr=float(lr), seed=1, begun=begun, ended=end) for lr, end in enumerate(ends, 1)]
    best = TaskTraining(task=task, runs=tuple(first)).best.lr
    more = [TrainingRun(lr=best, seed=seed, begun=begun, ended=end) for seed, end in enumerate(further, 2)]
    return TaskTraining(task=task, runs=(*first, *more))


ADAMW = lesson("digits", [1.0, 0.1, 0.15], [0.2, 0.12])
TRAINING = Training(
    setting=Sweep(ratio=0.2),
    adamw=(ADAMW, lesson("quadratic", [0.0, -2.0, None], [-1.9, -2.1])),
    subject=(lesson("digits", [1.5, 1.4, None], [1.4, 1.45]), TaskTraining(task="quadratic", failure=LATE)),
)


def section(training: Training | None, **more: object) -> str:
    evidence = samples.evidence(dynamic=samples.dynamic(training=training, **more))
    text: str = page(evidence)
    return text.partition("### Tried in training")[2].partition("\n## ")[0]


def test_a_line_has_the_median_the_spread_and_the_rates() -> None:
    text = section(TRAINING)
    assert "| 2.00 | 0.12 (0.10 to 0.20) | 1.40 (1.40 to 1.45) | 2 | 2 | 2 of 3 | 1 of 3 |" in text


def test_what_brings_less_than_half_does_not_train() -> None:
    """It falls by 0.6 where AdamW falls by 1.9; the middle of its sweep is still its own best."""
    text = section(TRAINING)
    assert "It trains on 0 of 1 task:" in text
    assert "among the good ones on 1 of 1 task." in text
    assert "1 of its 5 runs diverged." in text


def test_a_task_without_runs_has_its_reason_and_counts_nowhere() -> None:
    text = section(TRAINING)
    assert (
        "A quadratic bowl of condition 1,000, with noise: not measured. It \\<b\\>took\\</b\\> too long."
        in text
    )
    assert "of 2 tasks" not in text


def test_without_a_learning_rate_nothing_is_said_of_one() -> None:
    none = [TrainingRun(lr=None, seed=seed, begun=2.0, ended=0.3) for seed in (1, 2, 3)]
    bare = Training(setting=Sweep(), adamw=(ADAMW,), subject=(TaskTraining(task="digits", runs=tuple(none)),))
    text = section(bare)
    assert "takes no learning rate" in text
    assert "among the good ones" not in text
    assert "| 0.30 (0.30 to 0.30) | 2 | – | 2 of 3 | – |" in text


@pytest.mark.parametrize(
    ("given", "words"),
    [({}, "`optreview analyze --train` tries it"), ({"not_trained": LATE}, "Not measured. It \\<b\\>took")],
)
def test_what_was_not_tried_is_called_so(given: dict[str, object], words: str) -> None:
    assert words in section(None, **given)


def test_the_terminal_says_it_in_a_line() -> None:
    found = review(samples.evidence(dynamic=samples.dynamic(training=TRAINING)))
    console = Console(record=True, width=200)
    terminal.show([(found, None)], console)
    assert "it trains on 0 of 1 small task" in console.export_text()


def test_the_sweep_follows_the_conversion_that_the_catalogue_has() -> None:
    """The sample is nothing that is known: the default of its signature over AdamW's 1e-3."""
    evidence = samples.evidence()
    unknown = msgspec.structs.replace(
        review(evidence), judged=msgspec.structs.replace(verdict.weigh(evidence), identity=None)
    )
    default = {h.name: h.default for h in evidence.static.hyperparameters}["lr"]
    assert default is not None
    assert sweep.setting(unknown).ratio == pytest.approx(float(default) / 1e-3)
