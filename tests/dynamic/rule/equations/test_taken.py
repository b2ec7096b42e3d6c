"""Steps that take more ways than are told: the commonest is printed, and is proven in part only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic.rule.equations.extract import equations
from optreview.records.rule import PROVEN
from tests.dynamic.rule.program.optimizers import Plain
from tests.dynamic.rule.program.stages import stage

if TYPE_CHECKING:
    from optreview.records import Equations

QUEUED = 10


class Queue(Plain):
    """The gradient of ten steps ago: until there is one, every step finds another queue."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        if not state:
            state["queue"] = []
        state["queue"].append(p.grad.clone())
        if len(state["queue"]) > QUEUED:
            p.sub_(state["queue"].pop(0), alpha=group["lr"])
        else:
            p.mul_(group["beta"])


class Lengthening(Queue):
    """No two steps find the same queue."""

    def update(self, group: Any, p: Any, state: Any) -> None:
        state.setdefault("queue", []).append(p.grad.clone())
        p.sub_(torch.stack(state["queue"]).sum(0), alpha=group["lr"])


def read(cls: type[torch.optim.Optimizer]) -> Equations:
    return next(equations(stage(cls), {}, {"lr": "0.2", "beta": "0.7"}))


def test_the_commonest_way_is_told_and_how_many_steps_take_it() -> None:
    found = read(Queue)
    assert "p ← p - lr * queue1" in found.text
    assert found.proof.verdict == "unproven"
    assert found.proof.ways == QUEUED + 1
    assert found.proof.taken == found.proof.steps - QUEUED
    assert found.proof.error is not None
    assert found.proof.error < PROVEN


def test_where_each_step_takes_a_way_of_its_own_none_is_told() -> None:
    found = read(Lengthening)
    assert not found.text
    assert "different ways" in found.proof.reason
