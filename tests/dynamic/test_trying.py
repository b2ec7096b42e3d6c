"""Recommended lines in the box: what runs, what fails and why, and what takes the process along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.evidence.dynamic.wire import Script
from tests.dynamic.conftest import installed

if TYPE_CHECKING:
    from optreview.evidence.dynamic.client import Runner

ADAMW = installed("torch.optim.adamw", "AdamW")
STEP = (
    "loss = torch.nn.functional.mse_loss(model(torch.randn(8, 16)), torch.randn(8, 4))\n"
    "loss.backward()\noptimizer.step()\noptimizer.zero_grad()"
)
IMPORT = "from torch.optim.adamw import AdamW\n"
SEARCH = f"""import optuna
{IMPORT}
def objective(trial):
    model = build_model()
    optimizer = AdamW(model.parameters(), lr=trial.suggest_float("lr", LOW, 1e-3, log=True))
    return train(model, optimizer)
study = optuna.create_study(direction="minimize")
study.optimize(objective, n_trials=30)"""


def test_lines_that_run_and_lines_that_do_not_each_get_their_answer(runner: Runner) -> None:
    scripts = (
        Script(text=f"{IMPORT}optimizer = AdamW(model.parameters(), lr=1e-4)"),
        Script(
            text="optimizer = dict(type='AdamW', lr=1e-4)",
            completion=f"{IMPORT}optimizer = AdamW(model.parameters(), lr=optimizer['lr'])",
        ),
        Script(text=f"{IMPORT}optimizer = AdamW(model.parameters(), lr=-1)"),
        Script(text=f"{IMPORT}optimizer = AdamW(model.parameters(), lr=0.0)"),
        Script(text=f"{IMPORT}optimizer = AdamW(model.parameters(), lr=1e30)"),
        Script(text="optimizer = ("),
        Script(text=SEARCH.replace("LOW", "1e-5"), search=True),
        Script(text=SEARCH.replace("LOW", "-1.0"), search=True),
    )
    tried = runner.rehearse(ADAMW, STEP, scripts)
    assert [each.text for each in tried] == [script.text for script in scripts]
    assert [each.outcome for each in tried] == ["ran", "ran", *["failed"] * 4, "ran", "failed"]
    reasons = [each.reason for each in tried if each.outcome == "failed"]
    for reason, words in zip(
        reasons,
        ("Invalid learning rate", "no weight moved", "not finite", "SyntaxError", "range of lr is none"),
        strict=True,
    ):
        assert words in reason
    assert tried[0].steps == 25
    assert tried[6].steps == 6  # three at each end


@pytest.mark.parametrize("deed", ["__import__('os')._exit(0)", "__import__('os').kill(0, 9)"])
def test_one_that_ends_the_process_leaves_the_others_their_answers(runner: Runner, deed: str) -> None:
    good = Script(text=f"{IMPORT}optimizer = AdamW(model.parameters(), lr=1e-4)")
    tried = runner.rehearse(ADAMW, STEP, (Script(text=deed), good))
    assert tried[0].outcome == "failed"
    assert tried[0].reason


def test_nothing_is_written_and_nothing_is_reached(runner: Runner) -> None:
    tried = runner.rehearse(ADAMW, STEP, (Script(text="open('/usr/written', 'w')"),))
    assert tried[0].outcome == "failed"
    assert "Permission" in tried[0].reason
