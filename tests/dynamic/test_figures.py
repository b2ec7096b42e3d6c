"""The published figures of real optimizers, against their closed forms, with a tolerance of zero bytes."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import pytest

from tests.dynamic.conftest import evidence_of, installed
from tests.dynamic.test_planted import BYTES, TENSORS

if TYPE_CHECKING:
    from optreview.evidence.dynamic.client import Runner
    from optreview.records import DynamicEvidence, MemoryRun

ADABELIEF = ("pytorch_optimizer.optimizer.adabelief", "AdaBelief")
A2GRAD = ("pytorch_optimizer.optimizer.a2grad", "A2Grad")
STEP = 4 * TENSORS

FLIPS: dict[tuple[str, str], dict[str, Any]] = {
    ("torch.optim.adamw", "AdamW"): {"amsgrad": "True"},
    ("torch.optim.sgd", "SGD"): {"momentum": "0.9"},
    ADABELIEF: {"ams_bound": "True", "adanorm": "True"},
    A2GRAD: {"variant": "'inc'"},
    ("adabelief_pytorch.AdaBelief", "AdaBelief"): {"amsgrad": "True"},
}


@cache
def look(runner: Runner, module: str, name: str) -> DynamicEvidence:
    return evidence_of(runner, installed(module, name), **FLIPS.get((module, name), {}))


def state(runs: tuple[MemoryRun, ...], dtype: str = "float32") -> int:
    return next(r.state_bytes for r in runs if r.dtype == dtype and r.implementation == "default")


@pytest.mark.parametrize(
    ("module", "name", "expected", "with_options"),
    [
        ("torch.optim.adamw", "AdamW", 2 * BYTES + STEP, [3 * BYTES + STEP]),
        ("torch.optim.sgd", "SGD", 0, [BYTES]),
        ("torch.optim.adagrad", "Adagrad", BYTES + STEP, []),
        ("torch.optim.rmsprop", "RMSprop", BYTES + STEP, []),
        (*ADABELIEF, 2 * BYTES, [3 * BYTES, 2 * BYTES + 4 * TENSORS]),
        (*A2GRAD, 2 * BYTES + 4 * TENSORS, [2 * BYTES + 4 * TENSORS]),
        ("adabelief_pytorch.AdaBelief", "AdaBelief", 2 * BYTES, [3 * BYTES]),
        ("lion_pytorch.lion_pytorch", "Lion", BYTES, []),
    ],
)
def test_state(runner: Runner, module: str, name: str, expected: int, with_options: list[int]) -> None:
    evidence = look(runner, module, name)
    assert state(evidence.runs) == expected
    assert [each.run.state_bytes if each.run else None for each in evidence.options] == with_options
    assert evidence.failures == ()


def test_exponential_a2grad_has_two_scalars_a_tensor(runner: Runner) -> None:
    evidence = evidence_of(runner, installed(*A2GRAD), variant="'exp'")
    (exponential,) = evidence.options
    assert exponential.run is not None
    assert exponential.run.state_bytes == 2 * BYTES + 8 * TENSORS


def test_half_precision_state_follows_the_parameters(runner: Runner) -> None:
    evidence = look(runner, "torch.optim.adamw", "AdamW")
    assert state(evidence.runs, "bfloat16") == BYTES + STEP
    assert state(look(runner, *ADABELIEF).runs, "bfloat16") == BYTES


def test_torch_adafactor_keeps_rows_columns_and_steps(runner: Runner) -> None:
    evidence = look(runner, "torch.optim._adafactor", "Adafactor")
    shapes = [t.shape for t in evidence.workload.tensors]
    factored = sum(prod(s[:-1]) + prod((*s[:-2], s[-1])) for s in shapes if len(s) > 1)
    whole = sum(prod(s) for s in shapes if len(s) == 1)
    assert state(evidence.runs) == 4 * (factored + whole) + STEP


def test_adamw_is_measured_like_its_own_reference(runner: Runner) -> None:
    evidence = look(runner, "torch.optim.adamw", "AdamW")
    own = [r for r in evidence.runs if r.implementation != "for-loop"]
    for mine in own:
        beside = next(
            r for r in evidence.references if (r.dtype, r.implementation) == (mine.dtype, mine.implementation)
        )
        assert (mine.state_bytes, mine.steady_transient_bytes, mine.operations, mine.trajectory) == (
            beside.state_bytes,
            beside.steady_transient_bytes,
            beside.operations,
            beside.trajectory,
        )


def test_adamw_transient(runner: Runner) -> None:
    """The for-loop holds the last tensor's denominator while it makes two temporaries of the next."""
    evidence = look(runner, "torch.optim.adamw", "AdamW")
    by_implementation = {r.implementation: r for r in evidence.runs if r.dtype == "float32"}
    sizes = [4 * prod(t.shape) for t in evidence.workload.tensors]
    expected = max(last + 2 * this for last, this in pairwise(sizes))
    assert by_implementation["for-loop"].steady_transient_bytes == expected
    assert by_implementation["foreach"].steady_transient_bytes == BYTES


def test_adabelief_on_its_default_path_needs_twice_the_parameters(runner: Runner) -> None:
    evidence = look(runner, *ADABELIEF)
    found = {m.id: m for m in evidence.measurements}
    assert evidence.runs[0].steady_transient_bytes == 2 * BYTES
    assert found["steady_transient_over_adamw"].value == pytest.approx(2.0)
    assert "(foreach)" in found["steady_transient_over_adamw"].note


def test_a2grad_is_no_heavier_than_adamw_and_has_no_rate(runner: Runner) -> None:
    found = {m.id: m.value for m in look(runner, *A2GRAD).measurements}
    assert found["state_over_adamw"] == 1.0
    assert found["lr_in_groups"] == "fail"
    assert found["learning_rate_schedulable"] == "fail"


def test_muon_gets_matrices_only(runner: Runner) -> None:
    evidence = look(runner, "torch.optim._muon", "Muon")
    found = {m.id: m for m in evidence.measurements}
    assert evidence.recipe.protocol == "two_dimensional"
    assert {len(t.shape) for t in evidence.workload.tensors} == {2}
    assert len(evidence.workload.omitted) == 5
    assert state(evidence.runs) == evidence.runs[0].parameter_bytes
    assert found["accepts_every_shape"].value is False
    assert evidence.references[0].parameter_bytes == evidence.runs[0].parameter_bytes


def test_a_projection_is_a_quarter_as_wide_as_the_model(runner: Runner) -> None:
    """Two moments of rank times the longer side, and a basis of rank times the shorter one."""
    evidence = look(runner, "pytorch_optimizer.optimizer.galore", "GaLore")
    shapes = [tensor.shape for tensor in evidence.workload.tensors]
    rank = max(min(shape) for shape in shapes if len(shape) == 2) // 4
    projected = sum(rank * (2 * max(shape) + min(shape)) for shape in shapes if len(shape) == 2)
    others = sum(2 * prod(shape) for shape in shapes if len(shape) != 2)
    assert evidence.recipe.protocol == "gated_groups"
    assert state(evidence.runs) == 4 * (projected + others)


def test_lbfgs_fills_its_history_and_stops(runner: Runner) -> None:
    """100 directions, 100 steps, the last direction and gradient; 201 single elements."""
    evidence = look(runner, "torch.optim.lbfgs", "LBFGS")
    growth, run = evidence.growth, evidence.runs[0]
    assert evidence.recipe.protocol == "closure"
    assert run.state_bytes == 202 * run.parameter_bytes + 201 * 4
    assert growth is not None
    assert (growth.verdict, growth.state_bytes) == ("bounded", run.state_bytes)


def test_sparse_adam_gets_sparse_gradients(runner: Runner) -> None:
    evidence = look(runner, "torch.optim.sparse_adam", "SparseAdam")
    assert evidence.recipe.protocol == "sparse_only"
    assert state(evidence.runs) == 2 * BYTES


def test_schedule_free_is_put_into_training_mode(runner: Runner) -> None:
    evidence = look(runner, "schedulefree.adamw_schedulefree", "AdamWScheduleFree")
    assert evidence.recipe.protocol == "train_mode"
    assert state(evidence.runs) == 2 * BYTES


def test_second_order_methods_get_the_graph(runner: Runner) -> None:
    evidence = look(runner, "pytorch_optimizer.optimizer.adahessian", "AdaHessian")
    assert evidence.recipe.protocol == "create_graph"
    assert state(evidence.runs) == 3 * BYTES
