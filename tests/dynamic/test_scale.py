"""Memory on large models: simulated and real agree where it is said so, and it is said where they do not."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import pytest

from optreview import models
from optreview.evidence.dynamic.client import Job, Runner
from optreview.records import DynamicEvidence, Failure, ModelShapes, ModelTensor, ScaleEvidence
from tests.dynamic.conftest import installed, lone

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import Target

LLAMA = models.built_in("llama-7b")
ELEMENTS = sum(prod(each.shape) for each in LLAMA.tensors)
LARGEST = max(prod(each.shape) for each in LLAMA.tensors)
MIXED = ModelShapes(
    name="mixed",
    title="Mixed",
    tensors=(
        ModelTensor(name="a", shape=(300, 70), dtype="bfloat16"),
        ModelTensor(name="a.norm", shape=(70,), dtype="float32"),
        ModelTensor(name="forward", shape=(), dtype="float32"),
    ),
)

HEAD = """
import torch

class Planted(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
"""


def simulated(runner: Runner, target: Target, *asked: ModelShapes) -> ScaleEvidence:
    job = Job(target=target, models=asked, probes=(), traces=())
    evidence = runner.measure(job)
    assert isinstance(evidence, DynamicEvidence), evidence
    assert evidence.scale is not None
    return evidence.scale


def planted(runner: Runner, folder: Path, body: str, *asked: ModelShapes) -> ScaleEvidence:
    path = folder / "planted.py"
    path.write_text(HEAD + "\n".join(" " * 16 + line for line in body.splitlines()))
    return simulated(runner, lone(path, "Planted"), *asked)


def test_adamw_on_seven_billion_parameters(runner: Runner) -> None:
    scale = simulated(runner, installed("torch.optim.adamw", "AdamW"), LLAMA)
    assert scale.check is not None
    assert scale.check.exact
    assert not scale.unscaled
    assert {run.device for run in scale.runs} == {"cpu", "cuda"}
    for run in scale.runs:
        # Two moments in the parameters' dtype, and a float32 step for every tensor.
        assert run.state_bytes == 2 * 2 * ELEMENTS + 4 * len(LLAMA.tensors)
        assert run.parameter_bytes == run.gradient_bytes == 2 * ELEMENTS
        assert run.settled
        assert not run.stand_in
    loop, each = sorted(scale.runs, key=lambda run: run.device)
    # At the last and largest tensor: a root, what it is divided by, and the norm's denominator from before.
    assert loop.steady_transient_bytes == 2 * (2 * LARGEST + 4096)
    assert each.steady_transient_bytes == 2 * ELEMENTS  # one list of denominators
    references = {run.implementation: run for run in scale.references}
    assert set(references) == {"for-loop", "foreach", "fused"}
    assert references["fused"].steady_transient_bytes == 0


def test_every_tensor_keeps_its_dtype_and_any_name_will_do(runner: Runner) -> None:
    scale = simulated(runner, installed("torch.optim.sgd", "SGD"), MIXED)
    assert not scale.unscaled
    assert {run.parameter_bytes for run in scale.runs} == {300 * 70 * 2 + 70 * 4 + 4}
    assert scale.models[0].dtypes == ("float32", "bfloat16")


def test_where_values_decide_the_size_it_is_an_estimate(runner: Runner, tmp_path: Path) -> None:
    body = 'self.state[p]["kept"] = p.grad[p.grad > 0.3 * p.numel() ** -0.25]\np.add_(p.grad, alpha=-0.1)'
    scale = planted(runner, tmp_path, body, MIXED)
    assert scale.check is not None
    assert not scale.check.exact
    assert scale.check.state_residual != 0
    assert scale.check.decided_by_values
    assert scale.check.state_spread > 0


def test_values_decide_even_where_the_simulation_happens_to_agree(runner: Runner, tmp_path: Path) -> None:
    """A value that is nearly always the same in one dtype, and a matter of chance on small tensors."""
    body = (
        "if p.numel() < 10**6 and p.grad.sign().sum().abs() < 0.05 * p.numel() ** 0.5:\n"
        '    self.state[p]["kept"] = torch.zeros_like(p)\n'
        "p.add_(p.grad, alpha=-0.1)"
    )
    scale = planted(runner, tmp_path, body, LLAMA)
    assert scale.check is not None
    assert scale.check.decided_by_values
    assert not scale.check.exact


def test_memory_that_hangs_on_the_step_and_on_shapes_is_not_decided_by_values(
    runner: Runner, tmp_path: Path
) -> None:
    """Values are read, and random numbers drawn, but how much is kept hangs on neither."""
    body = (
        'kept = self.state[p].setdefault("kept", [torch.rand_like(p)])\n'
        "if len(kept) < 3 and p.dim() > 1:\n    kept.append(p.grad[: len(kept)].clone())\n"
        "p.add_(kept[0], alpha=-0.1 * min(1.0, float(p.grad.norm())))"
    )
    scale = planted(runner, tmp_path, body, MIXED)
    assert scale.check is not None
    assert scale.check.exact
    assert not scale.check.decided_by_values
    assert scale.check.dtypes == ("float32", "bfloat16")


def test_a_dtype_that_is_refused_is_not_called_checked(runner: Runner, tmp_path: Path) -> None:
    body = (
        "torch.linalg.svdvals(p.grad.reshape(p.shape[0] if p.dim() else 1, -1))\np.add_(p.grad, alpha=-0.1)"
    )
    scale = planted(runner, tmp_path, body, MIXED)
    assert scale.check is not None
    assert scale.check.dtypes == ("float32",)


def test_a_value_that_only_large_tensors_ask_for_is_not_made_up(runner: Runner, tmp_path: Path) -> None:
    body = "if p.numel() > 10**6 and p.grad.sum() > 0:\n    p.mul_(0.9)\np.add_(p.grad, alpha=-0.1)"
    scale = planted(runner, tmp_path, body, LLAMA)
    assert not scale.runs
    assert {each.device for each in scale.unscaled} == {"cpu", "cuda"}
    assert all("planted.py reads a value" in each.failure.message for each in scale.unscaled)


def test_a_branch_on_a_value_is_taken_as_the_small_run_took_it(runner: Runner, tmp_path: Path) -> None:
    body = (
        'if p.grad.abs().sum() > 0:\n    self.state[p].setdefault("kept", torch.zeros_like(p))\n'
        "p.add_(p.grad, alpha=-0.1)"
    )
    scale = planted(runner, tmp_path, body, LLAMA)
    assert scale.check is not None
    assert scale.check.exact
    for run in scale.runs:
        assert run.state_bytes == 2 * ELEMENTS
        assert run.replayed > 0


def test_what_never_comes_to_rest_is_said_not_to(runner: Runner, tmp_path: Path) -> None:
    body = 'self.state[p].setdefault("all", []).append(p.grad.clone())\np.add_(p.grad, alpha=-0.1)'
    scale = planted(runner, tmp_path, body, MIXED)
    assert not any(run.settled for run in scale.runs)
    for run in scale.runs:
        assert run.state_bytes == run.steps * run.parameter_bytes


MODEL = """
import torch
from torch import nn

def build():
    rates = [x.item() for x in torch.linspace(0, 1, 3)]
    model = nn.Sequential(*[nn.Linear(30_000, 20_000, bias=rate > 0.4) for rate in rates])
    nn.init.trunc_normal_(model[0].weight, std=0.02)
    model.frozen = nn.Linear(9, 9).requires_grad_(False)
    return model.to(torch.bfloat16)

def state():
    return {"w": nn.Parameter(torch.empty(70_000, 70_000))}

def nothing():
    return 3

def broken():
    raise ValueError("no such model")

number = 3
"""


@pytest.fixture
def factories(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MODEL)
    return path


def test_the_users_model_is_listed_and_never_allocated(runner: Runner, factories: Path) -> None:
    found = runner.describe(lone(factories, "build"))
    assert not isinstance(found, Failure), found.message
    assert found.held == 2 * (9 * 9 + 9)  # what is not trained
    assert {(t.name, t.shape, t.dtype) for t in found.tensors} == {
        ("0.weight", (20_000, 30_000), "bfloat16"),
        ("1.weight", (20_000, 30_000), "bfloat16"),
        ("1.bias", (20_000,), "bfloat16"),
        ("2.weight", (20_000, 30_000), "bfloat16"),
        ("2.bias", (20_000,), "bfloat16"),
    }
    whole = runner.describe(lone(factories, "state"))  # 20 GB, twice what the box allows
    assert not isinstance(whole, Failure), whole.message
    assert whole.tensors[0].shape == (70_000, 70_000)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "gave no parameter"),
        ("broken", "raised ValueError: no such model"),
        ("number", "is no function"),
        ("missing", "is no function"),
    ],
)
def test_a_function_that_gives_no_model_gets_a_sentence(
    runner: Runner, factories: Path, name: str, words: str
) -> None:
    failure = runner.describe(lone(factories, name))
    assert isinstance(failure, Failure)
    assert words in failure.message


@pytest.mark.parametrize(
    ("module", "name", "state", "peak"),
    [
        ("torch.optim.adamw", "AdamW", {"m*n": 8.0, "1": 4.0}, {"m*n": 8.0}),
        # Means of squares by row and by column; the scaled update is as large as the matrix.
        ("torch.optim._adafactor", "Adafactor", {"m": 4.0, "n": 4.0, "1": 4.0}, None),
        ("torch.optim.sgd", "SGD", {}, {}),
        # A momentum, and a preconditioner and its inverse root for each side.
        ("torch_optimizer.shampoo", "Shampoo", {"m*n": 4.0, "m*m": 8.0, "n*n": 8.0}, None),
    ],
)
def test_the_formula_of_the_paper_is_found(
    runner: Runner, module: str, name: str, state: dict[str, float], peak: dict[str, float] | None
) -> None:
    found = {law.quantity: law for law in simulated(runner, installed(module, name), MIXED).laws}
    assert found["state"].exact
    assert found["state"].bytes_by_term == state
    assert peak is None or found["step peak"].bytes_by_term == peak


def test_a_threshold_is_no_formula(runner: Runner, tmp_path: Path) -> None:
    body = (
        'if "kept" not in self.state[p]:\n'
        '    self.state[p]["kept"] = torch.zeros(p.numel() if p.numel() < 10**6 else 1)\n'
        "p.add_(p.grad, alpha=-0.1)"
    )
    laws = {law.quantity: law for law in planted(runner, tmp_path, body, MIXED).laws}
    assert not laws["state"].exact


def test_a_table_made_of_numbers_keeps_its_values(runner: Runner, tmp_path: Path) -> None:
    """``tolist`` of a real tensor is no operation; the lengths hang on the values that it gives."""
    body = (
        "rising = torch.linspace(0.0, 1.0, 5)\n"
        "middle = ((rising[1:] + rising[:-1]) / 2).tolist() + torch.tensor([0.5, 0.25, 0.125]).tolist()\n"
        'self.state[p]["table"] = torch.zeros(round(1000 * sum(middle)))\n'
        "p.add_(p.grad, alpha=-0.1)"
    )
    scale = planted(runner, tmp_path, body, MIXED)
    assert not scale.unscaled
    assert scale.check is not None
    assert scale.check.exact
    # (.125 + .375 + .625 + .875) + (.5 + .25 + .125) thousands of float32 for each of three tensors
    assert {run.state_bytes for run in scale.runs} == {3 * 4 * 2875}


@pytest.mark.parametrize("read", ["p.grad.tolist()", "torch.arange(3.0).mul(p.grad.sum()).tolist()"])
def test_a_table_of_what_is_not_known_is_not_made_up(runner: Runner, tmp_path: Path, read: str) -> None:
    scale = planted(runner, tmp_path, f"values = {read}\np.add_(p.grad, alpha=-0.1)", MIXED)
    assert not scale.runs
    assert all("reads a value" in each.failure.message for each in scale.unscaled)
