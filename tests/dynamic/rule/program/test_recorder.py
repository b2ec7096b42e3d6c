"""What a recorded step consists of: calls, writes, reads and guards; and that executing it does the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch

from optreview.evidence.dynamic.rule.program.budget import Budget, UntraceableError
from optreview.evidence.dynamic.rule.program.instructions import (
    Call,
    Guard,
    OtherwiseError,
    Program,
    Read,
    Situation,
    execute,
)
from optreview.evidence.dynamic.rule.program.tracing import Tracer
from tests.dynamic.rule.program.stages import recorded

if TYPE_CHECKING:
    from collections.abc import Callable


def twist(p: torch.nn.Parameter) -> None:
    """Views, and writes through them."""
    p[0].mul_(2)
    p.T[1] = p.T[0] + 1
    p.view(-1)[::2].add_(p.grad.view(-1)[::2])  # type: ignore[union-attr]


def set_data(p: torch.nn.Parameter) -> None:
    assert p.grad is not None
    before = p.data
    p.data = before * 3 + p.grad
    before.zero_()


def out_argument(p: torch.nn.Parameter) -> None:
    assert p.grad is not None
    torch.add(p, p.grad, out=p)
    torch.mul(p.detach(), 2, out=p.detach())


def foreach(p: torch.nn.Parameter) -> None:
    assert p.grad is not None
    torch._foreach_mul_([p, p.grad], [0.5, 2.0])
    torch._foreach_add_([p], [p.grad], alpha=-1)


def to_python(p: torch.nn.Parameter) -> None:
    """Ways in which a tensor becomes a number."""
    assert p.grad is not None
    p.mul_(p.abs().max().item())
    p.add_(float(p.grad.sum()))
    p.div_(math.sqrt(p.square().mean()))
    p.sub_(max(p.grad.sum(), torch.tensor(0.5)))


def random_mask(p: torch.nn.Parameter) -> None:
    p.mul_(torch.bernoulli(torch.full_like(p, 0.5)))


def python_branch(p: torch.nn.Parameter) -> None:
    p.add_(1 if p.sum() > 0 else -1)


_LIBRARY = torch.library.Library("optreview_tests", "FRAGMENT")
_LIBRARY.define("uncounted(Tensor(a!) p, Tensor g, Tensor(b!) spare) -> ()")


def uncounted(p: torch.Tensor, g: torch.Tensor, spare: torch.Tensor) -> None:
    del spare
    p.data.add_(g, alpha=-0.5)


_LIBRARY.impl("uncounted", uncounted, "CPU")


def operator_of_a_package(p: torch.nn.Parameter) -> None:
    """Its writes are seen by the values alone: torch would have said that both are written."""
    assert p.grad is not None
    torch.ops.optreview_tests.uncounted(p.data, p.grad, p.grad.abs())


ACTS = (twist, set_data, out_argument, foreach, to_python, random_mask, operator_of_a_package)


def numbers(program: Program) -> dict[str, int | float]:
    """Of ``torch.optim.SGD``, which the acts are built on."""
    values = {"lr": 0.5, "momentum": 0, "dampening": 0, "weight_decay": 0}
    return {place: values[place.rpartition(".")[2]] for place in program.numbers}


def situation(program: Program, p: torch.Tensor, grad: torch.Tensor) -> Situation:
    return Situation({"param.0": p, "grad.0": grad}, numbers(program), program.flags)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_executed_on_other_tensors_it_does_what_the_code_does(
    act: Callable[[torch.nn.Parameter], None],
) -> None:
    program = recorded(act)[0]
    real = torch.nn.Parameter(torch.tensor([[0.3, 1.7, 2.0], [4.0, 5.5, 0.1]]))
    real.grad = torch.tensor([[0.2, -0.1, 0.9], [1.0, 2.0, 3.0]])
    beside = situation(program, real.detach().clone(), real.grad.clone())
    with torch.no_grad():
        torch.manual_seed(5)
        act(real)
        torch.manual_seed(5)
        after = execute(program, beside)
    assert torch.equal(after.tensors["param.0"], real)


def test_a_branch_on_a_tensor_is_a_guard() -> None:
    program = recorded(python_branch)[0]
    assert any(isinstance(each, Guard) and each.outcome for each in program.instructions)
    less = situation(program, torch.full((2, 3), -1.0), torch.zeros(2, 3))
    with pytest.raises(OtherwiseError):
        execute(program, less)


def test_a_group_s_number_is_a_formula_in_the_call() -> None:
    class Decaying(torch.optim.SGD):
        @torch.no_grad()
        def step(self, closure: object = None) -> None:  # type: ignore[override]
            group = self.param_groups[0]
            group["k"] = group.get("k", 0) + 1
            group["params"][0].mul_(1 - group["lr"] / math.sqrt(group["k"]))

    parameter = torch.nn.Parameter(torch.ones(3))
    tracer = Tracer(Decaying([parameter], lr=0.1), [parameter])
    parameter.grad = torch.ones(3)
    tracer.step()
    program = tracer.step()
    (call,) = [each for each in program.instructions if isinstance(each, Call)]
    assert "group.0.lr" in repr(call.args[1])
    assert "math.sqrt" in repr(call.args[1])
    assert dict(program.scalars)["group.0.k"].op == "add"
    assert type(tracer.optimizer.param_groups[0]["k"]) is int
    assert call.written == (0,)


def test_reads_are_numbered_and_not_repeated_as_constants() -> None:
    program = recorded(to_python)[0]
    assert [each.reading for each in program.instructions if isinstance(each, Read)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda p: p.mul_(float(p.detach().numpy().sum())), "NumPy"),
        (lambda p: p.mul_(p.tolist()[0][0]), "many numbers"),
    ],
)
def test_what_cannot_be_recorded_is_said(act: Callable[[torch.nn.Parameter], None], words: str) -> None:
    with pytest.raises(UntraceableError, match=words):
        recorded(act)


def test_a_refusal_cannot_be_swallowed() -> None:
    def act(p: torch.nn.Parameter) -> None:
        try:
            p.detach().numpy()
        except Exception:  # noqa: BLE001 - as reviewed code does
            p.add_(1)

    with pytest.raises(UntraceableError, match="NumPy"):
        recorded(act)


def test_a_sparse_gradient_is_recorded() -> None:
    parameter = torch.nn.Parameter(torch.ones(2, 2))
    parameter.grad = torch.ones(2, 2).to_sparse()
    program = Tracer(torch.optim.SGD([parameter], lr=0.5), [parameter]).step()
    places = {place: 0.5 if place.endswith(".lr") else 0 for place in program.numbers}
    gradient = torch.tensor([[0.0, 3.0], [0.0, 0.0]]).to_sparse()
    before = Situation({"param.0": torch.zeros(2, 2), "grad.0": gradient}, places, program.flags).copied()
    after = execute(program, before).tensors["param.0"]
    assert torch.equal(after, torch.tensor([[0.0, -1.5], [0.0, 0.0]]))


def test_a_number_that_is_kept_elsewhere_is_a_constant_and_noticed() -> None:
    kept: list[float] = []

    class Keeping(torch.optim.SGD):
        @torch.no_grad()
        def step(self, closure: object = None) -> None:  # type: ignore[override]
            kept.append(self.param_groups[0]["lr"])
            self.param_groups[0]["params"][0].mul_(kept[0] * 2)

    parameter = torch.nn.Parameter(torch.ones(2))
    tracer = Tracer(Keeping([parameter], lr=0.1), [parameter])
    first, second = ([each for each in tracer.step().instructions if isinstance(each, Call)] for _ in "12")
    assert "group.0.lr" in repr(first[0].args)
    assert second[0].args[1] == 0.2
    assert tracer.kept


def test_a_budget_ends() -> None:
    parameter = torch.nn.Parameter(torch.ones(2))
    parameter.grad = torch.ones(2)
    tracer = Tracer(torch.optim.SGD([parameter]), [parameter], budget=Budget(instructions=3))
    with pytest.raises(UntraceableError, match="given up"):
        tracer.step()
    with pytest.raises(UntraceableError, match="seconds"):
        Budget(seconds=-1.0).check()
