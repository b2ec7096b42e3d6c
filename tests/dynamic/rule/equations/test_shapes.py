"""Tensors that code brings to another shape than formulas have them in, and state that is made of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.rule import extraction
from optreview.evidence.dynamic.rule.equations import extract
from optreview.evidence.dynamic.rule.equations.extract import equations
from tests.dynamic.rule.program.optimizers import Plain
from tests.dynamic.rule.program.stages import rule, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from optreview.records import Equations

OTHERS = {"lr": "0.2", "beta": "0.7"}


class Columns(Plain):
    """A vector as a column: times itself as a row it is a matrix, and its rows have one element each."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        column = p.grad.reshape(p.shape[0], -1)
        if "both" not in state:
            state["both"], state["rows"] = torch.eye(len(p)), torch.zeros(len(p)).to(p)
            state["both"] = state["both"].to(p)
        state["both"].addmm_(column, column.t())
        state["rows"].add_(column.square().mean(dim=1))
        p.add_((state["both"] @ column).view_as(p), alpha=-group["lr"])
        p.sub_(state["rows"].sqrt().reshape([-1] + [1] * (p.dim() - 1)), alpha=group["lr"])


class Flat(Plain):
    """State that is flat, whatever the parameter is; the angle of two numbers."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if "flat" not in state:
            state["flat"] = p.clone().flatten()
        state["flat"].sub_(torch.atan2(p.grad.flatten(), state["flat"].abs() + 1), alpha=group["lr"])
        p.flatten().copy_(state["flat"])
        p.copy_(state["flat"].view_as(p))


class Filled(Plain):
    """State that starts at a hyperparameter which no later step reads, in both ways of filling it."""

    def __init__(self, params: Any, lr: float = 0.1, beta: float = 0.9, first: float = 0.125) -> None:
        torch.optim.Optimizer.__init__(self, params, {"lr": lr, "beta": beta, "first": first})

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state["one"] = torch.full_like(p, fill_value=group["first"])
            state["other"] = torch.nn.init.constant_(torch.empty_like(p), group["first"])
        state["one"].mul_(group["beta"]).add_(p.grad)
        state["other"].lerp_(p.grad, 1 - group["beta"])
        p.sub_(state["one"] * state["other"], alpha=group["lr"])


class Narrow(Plain):
    """What the smaller side of a matrix decides, and its transpose's where that is the other one."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        own = p.grad.t() @ p.grad if p.shape[0] > p.shape[-1] else p.grad @ p.grad.t()
        p.sub_(p.grad @ own if p.shape[0] > p.shape[-1] else own @ p.grad.abs(), alpha=group["lr"])


def found(cls: type[torch.optim.Optimizer]) -> Equations:
    """Those of what is read first."""
    return next(equations(stage(cls), {}, OTHERS))


def test_a_column_times_a_row_of_a_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "MATRIX", extract.VECTOR)
    monkeypatch.setattr(extract, "OTHER_MATRIX", extract.OTHER_VECTOR)
    made = found(Columns)
    assert made.dimensions == 1
    assert made.proof.verdict == "proven"
    assert "both ← both + outer(g, g)" in made.text
    assert "rows ← rows + g^2" in made.text


def test_flat_state_of_a_matrix() -> None:
    made = found(Flat)
    assert made.proof.verdict == "proven"
    assert "flat ← flat - lr * atan2(g, abs(flat) + 1)" in made.text


def test_equations_that_hold_on_tall_matrices_alone_say_so() -> None:
    made = found(Narrow)
    assert (made.proof.verdict, made.only) == ("proven", "tall")
    assert found(Flat).only == ""


def test_what_state_starts_at_is_told_by_a_hyperparameter_of_the_first_step() -> None:
    made = found(Filled)
    assert made.proof.verdict == "proven"
    assert "t == 1" not in made.text
    assert {each.name: each.initial for each in made.roles} == {"one": "first", "other": "first"}
    assert "first" in {each.name for each in made.places}
    assert {each.name: each.value for each in made.values}["first"] == "0.125"


def test_what_is_written_before_time_is_up_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*given: Any, **named: Any) -> Iterator[Equations]:
        yield next(equations(*given, **named))
        raise LateError

    monkeypatch.setattr(extraction, "equations", slow)
    written = rule(torch.optim.SGD).equations
    assert [(each.dimensions, each.proof.verdict) for each in written] == [(2, "proven"), (1, "unproven")]
    assert "given up" in written[1].proof.reason
