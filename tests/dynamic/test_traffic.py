"""What a step moves and makes, against formulas derived by hand from the updates, to the byte.

P is the bytes of all parameters; an in-place operation with a number moves 2P, with one more tensor 3P.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from optreview.evidence.dynamic.client import Job
from optreview.evidence.dynamic.memory.ledger import Ledger
from optreview.evidence.dynamic.memory.traffic import Traffic
from optreview.records import DynamicEvidence, StepCost
from tests.dynamic.conftest import SPECIMENS, evidence_of, installed, lone
from tests.dynamic.test_planted import BYTES, TENSORS
from tests.dynamic.test_scale import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optreview.evidence.dynamic.client import Runner
    from optreview.records import MemoryRun

#: Five of the nine tensors are matrices or a convolution: BYTES less 16 + 320 + 2·320 elements.
MATRICES, MATRIX_BYTES = 5, BYTES - 4 * (16 + 3 * 320)
#: A counter on the CPU: incremented, then read. Foreach reads it twice, and adds one tensor to all.
COUNTING = (4 + 4 + 4) * TENSORS
COUNTING_FOREACH = (4 + 4 + 4 + 4) * TENSORS + 4


def cost(run: MemoryRun | None) -> StepCost:
    assert run is not None
    assert run.cost is not None
    return run.cost


class Names(TorchDispatchMode):
    """Every operation that is dispatched, by a count of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.found.append(func.name())
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("foreach", [False, True])
def test_operations_are_those_on_tensors(*, foreach: bool) -> None:
    """The two records of ``Optimizer.step`` for the profiler, which every optimizer has, are none."""
    parameters = [torch.nn.Parameter(torch.ones(3)) for _ in range(4)]
    optimizer = torch.optim.AdamW(parameters, foreach=foreach)
    for p in parameters:
        p.grad = torch.ones(3)
    optimizer.step()
    with Names() as names:
        optimizer.step()
    with Ledger() as ledger:
        optimizer.step()
    computing = [name for name in names.found if name.startswith("aten::")]
    assert ledger.operations == len(computing) == len(names.found) - 2
    assert foreach or ledger.operations == 10 * len(parameters)


def test_sgd(runner: Runner) -> None:
    """``p -= lr·g`` is one operation; with momentum, ``m ·= µ``, ``m += g``, ``p -= lr·m``."""
    evidence = evidence_of(runner, installed("torch.optim.sgd", "SGD"), momentum="0.9")
    plain, momentum = cost(evidence.runs[0]), cost(evidence.options[0].run)
    assert plain == StepCost(bytes_read=2 * BYTES, bytes_written=BYTES, full_size=0, full_size_bytes=0)
    assert momentum.bytes_read == (1 + 2 + 2) * BYTES
    assert momentum.bytes_written == (1 + 1 + 1) * BYTES
    assert momentum.full_size == 0


def test_adamw(runner: Runner) -> None:
    """Decay 2P, first moment 3P, second 2P + 3P, root 2P, quotient 2P, epsilon 2P, update 4P.

    The for-loop makes the root and the quotient of every tensor anew, foreach the root alone.
    """
    evidence = evidence_of(runner, installed("torch.optim.adamw", "AdamW"), amsgrad="True")
    runs = {r.implementation: cost(r) for r in evidence.runs if r.dtype == "float32"}
    assert runs["for-loop"].bytes_moved == 20 * BYTES + COUNTING
    assert runs["foreach"].bytes_moved == 20 * BYTES + COUNTING_FOREACH
    assert runs["default"] == runs["for-loop"]
    assert (runs["for-loop"].full_size, runs["foreach"].full_size) == (2 * MATRICES, MATRICES)
    assert runs["for-loop"].full_size_bytes == 2 * MATRIX_BYTES
    # The maximum of the second moments: reads both, writes one.
    assert cost(evidence.options[0].run).bytes_moved == 23 * BYTES + COUNTING
    (half,) = (cost(r) for r in evidence.runs if r.dtype == "bfloat16")
    assert half.bytes_moved == 10 * BYTES + COUNTING


def test_a_step_that_does_more_now_and_then_is_not_the_steady_one(runner: Runner, tmp_path: Path) -> None:
    """``p -= g``, and in every third step ``p *= 1``: the last of twelve is one of these."""
    path = tmp_path / "third.py"
    lines = (
        "p.sub_(p.grad)",
        'n = self.state[p]["n"] = self.state[p].get("n", 0) + 1',
        "n % 3 or p.mul_(1.0)",
    )
    path.write_text(HEAD + "\n".join(" " * 16 + line for line in lines))
    found = runner.measure(Job(target=lone(path, "Planted"), probes=(), traces=()))
    assert isinstance(found, DynamicEvidence)
    run = found.runs[0]
    assert [each - run.late_operations[0] for each in run.late_operations] == [0, 0, TENSORS] * 2
    assert run.late_moved == (3 * BYTES, 3 * BYTES, 5 * BYTES) * 2
    assert all(each.late_operations == () for each in found.references)


def test_lion(runner: Runner) -> None:
    """Decay 2P; copy 2P, times β₁ 2P, plus gradient 3P, sign 2P; update 3P; momentum 2P + 3P."""
    evidence = evidence_of(runner, installed("lion_pytorch.lion_pytorch", "Lion"))
    found = cost(evidence.runs[0])
    assert found.bytes_moved == 19 * BYTES
    assert (found.full_size, found.full_size_bytes) == (2 * MATRICES, 2 * MATRIX_BYTES)


def test_ratios_to_adamw(runner: Runner) -> None:
    found = {
        m.id: m for m in evidence_of(runner, installed("torch.optim.sgd", "SGD"), momentum="0.9").measurements
    }
    adamw = 20 * BYTES + COUNTING
    assert found["bytes_moved_over_adamw"].value == pytest.approx(3 * BYTES / adamw, abs=1e-6)
    assert found["bytes_moved_over_parameters"].value == 3.0
    assert found["full_size_over_adamw"].value == 0.0


def test_a_planted_temporary_is_seen(runner: Runner) -> None:
    """Two tensors of zeros are written, not read; then ``p -= lr·g``."""
    found = cost(evidence_of(runner, lone(SPECIMENS / "planted.py", "Temporary")).runs[0])
    assert found.bytes_moved == (2 + 3) * BYTES
    assert found.full_size_bytes == 2 * MATRIX_BYTES


W = torch.nn.Parameter(torch.ones(6, 4))
A, B = torch.ones(6, 4), torch.ones(6, 4)
N = 4 * 24


@pytest.mark.parametrize(
    ("operation", "read", "written", "made"),
    [
        (lambda: A + B, 2 * N, N, 1),
        (lambda: A.add_(B), 2 * N, N, 0),
        (lambda: A * A, N, N, 1),
        (lambda: torch.add(A, B, out=B), 2 * N, N, 0),
        (lambda: A.copy_(B), N, N, 0),
        (A.zero_, 0, N, 0),
        (A.normal_, 0, N, 0),
        (lambda: torch.zeros_like(A), 0, N, 1),
        (lambda: torch.empty_like(A), 0, 0, 1),
        (lambda: A.view(24).t(), 0, 0, 0),
        (lambda: A[0] + 1, 16, 16, 0),
        (lambda: A + torch.ones(4).expand(6, 4), N + 16, N + 16, 1),
        (lambda: A.sum(0), N, 16, 0),
        (A.double, N, 2 * N, 1),
        (lambda: torch.cat([A, B]), 2 * N, 2 * N, 1),
        (lambda: torch._foreach_add([A, B], 1), 2 * N, 2 * N, 2),
        (lambda: torch._foreach_mul_([A, B], [B, A]), 2 * N, 2 * N, 0),
        (lambda: torch.outer(torch.ones(4), torch.ones(4)), 32, 32 + 64, 0),
        (lambda: A.mm(B.t()), 2 * N, 144, 1),
        (A[0, 0].item, 4, 0, 0),
    ],
)
def test_one_operation(operation: Callable[[], object], read: int, written: int, made: int) -> None:
    ledger = Ledger()
    traffic = ledger.traffic = Traffic([W])
    with ledger:
        operation()
    assert (traffic.cost.bytes_read, traffic.cost.bytes_written) == (read, written)
    assert traffic.cost.full_size == made


def test_fused_adamw() -> None:
    """Reads parameter, gradient, both moments and the counter; the gradient is not written."""
    weight = torch.nn.Parameter(torch.ones(6, 4))
    optimizer = torch.optim.AdamW([weight], fused=True)
    weight.grad = torch.ones(6, 4)
    optimizer.step()
    ledger = Ledger()
    traffic = ledger.traffic = Traffic([weight])
    with ledger:
        optimizer.step()
    assert traffic.cost == StepCost(
        bytes_read=4 * N + 2 * 4, bytes_written=3 * N + 4, full_size=0, full_size_bytes=0
    )


def test_vectors_are_not_full_size_beside_a_matrix() -> None:
    traffic = Traffic([W, torch.ones(4)])
    ledger = Ledger()
    ledger.traffic = traffic
    with ledger:
        torch.zeros(4)
        torch.zeros(2, 12)
    assert traffic.cost.full_size == 1
    assert prod(W.shape) == 24
