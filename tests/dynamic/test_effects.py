"""Options without an effect of their own are tried beside others; silence claims what was tried, no more."""

from __future__ import annotations

import gc
from functools import cache
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from pytorch_optimizer.optimizer import adabelief

from optreview.evidence.dynamic.client import Job
from optreview.evidence.dynamic.memory.glimpse import glimpse
from optreview.evidence.dynamic.memory.run import Configuration, Subject, measure
from optreview.evidence.dynamic.phases import in_forks
from optreview.evidence.dynamic.plan import Plan
from optreview.evidence.dynamic.protocols import ladder, name_of
from optreview.evidence.dynamic.wire import Glimpsed, Ran
from optreview.evidence.dynamic.workloads import DENSE
from optreview.records import DynamicEvidence, Option
from optreview.report.view.effects import Effect, effect
from tests.dynamic.conftest import SPECIMENS, installed, lone, options

if TYPE_CHECKING:
    from optreview.evidence.dynamic.client import Runner
    from optreview.records import Target

FLAGS = ("acts", "decoupled", "fixed", "picky", "rounded", "wasteful", "useless")
NUMBERS = options(weight_decay="0.1", dampening="0.1")
CLOSURE = ("plain", "closure")
BOTH, ALONE = "weight_decay=0.1, dampening=0.1", ("weight_decay=0.1", "dampening=0.1")


def effects(
    runner: Runner, target: Target, flags: tuple[Option, ...], also: tuple[Option, ...]
) -> dict[str, Effect]:
    evidence = runner.measure(Job(target=target, options=flags, also=also, traces=(), probes=()))
    assert isinstance(evidence, DynamicEvidence)
    default = evidence.runs[0]
    return {
        each.option.name: effect(each, default, evidence.combinations)
        for each in evidence.options
        if each.run is not None
    }


@cache
def gated(runner: Runner, name: str) -> dict[str, Effect]:
    return effects(
        runner, lone(SPECIMENS / "optional.py", name), options(**dict.fromkeys(FLAGS, "True")), NUMBERS
    )


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("acts", Effect("yes")),
        ("wasteful", Effect("memory alone", (), (BOTH, f"bfloat16, {BOTH}", *ALONE))),
        ("decoupled", Effect("not alone", (BOTH,))),
        ("rounded", Effect("not alone", (f"bfloat16, {BOTH}",), (BOTH,))),
        ("fixed", Effect("not alone", (f"{BOTH}, decoupled=True",), (BOTH, f"bfloat16, {BOTH}", *ALONE))),
        ("picky", Effect("not alone", (ALONE[0],))),
        ("useless", Effect("no", (), (BOTH, f"bfloat16, {BOTH}", *ALONE))),
    ],
)
def test_effects_are_found_where_they_are(runner: Runner, option: str, expected: Effect) -> None:
    assert gated(runner, "Gated")[option] == expected


def test_what_moves_weights_on_the_smaller_model_alone_needs_no_number_beside_it(runner: Runner) -> None:
    target = lone(SPECIMENS / "optional.py", "Gated")
    assert effects(runner, target, options(sized="True"), NUMBERS)["sized"] == Effect("yes")


class Unseen(torch.optim.SGD):
    """Keeps more after every step, in memory that no operation returned, and leaves cycles behind."""

    def step(self, closure: object = None) -> None:  # type: ignore[override]
        """Move, and keep something."""
        super().step()
        cycle: list[object] = [torch.ones(999)]
        cycle.append(cycle)
        first = self.param_groups[0]["params"][0]
        kept = self.state[first].setdefault("kept", [])
        kept.append(torch.from_numpy(np.ones(8 * (len(kept) + 1), dtype=np.float32)))


def _alone() -> None:
    """As in a child of the template: one thread, and no collection visits what the tests have imported."""
    gc.freeze()
    torch.set_num_threads(1)


GLIMPSED = {
    "AdamW": torch.optim.AdamW,
    "LBFGS": torch.optim.LBFGS,
    "Adafactor": torch.optim.Adafactor,
    "AdaBelief": adabelief.AdaBelief,
    "Unseen": Unseen,
}


@pytest.mark.parametrize("name", GLIMPSED)
def test_a_glimpse_is_what_a_measurement_comes_to(name: str) -> None:
    cls = GLIMPSED[name]
    subject = Subject(cls, name, {})
    protocols = ladder()[:1] if name != "LBFGS" else (each for each in ladder() if name_of(each) in CLOSURE)
    plan = Plan(protocols=tuple(protocols))
    how = Configuration(device="cpu", workload=DENSE)

    def measuring() -> Ran:
        _alone()
        return Ran(run=measure(subject, plan, how))

    def glimpsing() -> Glimpsed:
        _alone()
        return glimpse(subject, plan, how)

    measured, glimpsed = in_forks([measuring, glimpsing])
    assert isinstance(measured.message, Ran)
    assert isinstance(glimpsed.message, Glimpsed)
    for figure in Glimpsed.__struct_fields__:
        assert getattr(glimpsed.message, figure) == getattr(measured.message.run, figure), figure


def test_nothing_is_told_of_weights_that_are_not_finite(runner: Runner) -> None:
    assert {each.verdict for each in gated(runner, "Explodes").values()} == {"not decided"}


def test_decoupled_decay_needs_a_decay(runner: Runner) -> None:
    """RAdam's decoupled decay needs a decay, and makes no sum of gradient and weights as the other does."""
    radam = installed("torch.optim.radam", "RAdam")
    found = effects(runner, radam, options(decoupled_weight_decay="True"), options(weight_decay="0.1"))
    assert found["decoupled_weight_decay"] == Effect("not alone", ("weight_decay=0.1",), peak="less")


def test_what_cannot_be_run_alone_is_run_beside_what_it_needs(runner: Runner) -> None:
    """Nesterov makes a tensor for each parameter, one after the other; it needs a momentum."""
    sgd = installed("torch.optim.sgd", "SGD")
    job = Job(
        target=sgd,
        options=options(nesterov="True", differentiable="True"),
        also=options(dampening="0.1", momentum="0.9"),
        traces=(),
        probes=(),
    )
    evidence = runner.measure(job)
    assert isinstance(evidence, DynamicEvidence)
    assert [each.run for each in evidence.options] == [None, None]
    (found,) = evidence.combinations
    assert (found.option.name, found.together) == ("nesterov", options(momentum="0.9"))
    assert (found.changes, found.state_change) == (True, 0)
    sizes = [4 * prod(t.shape) for t in evidence.workload.tensors]
    assert found.peak_change == max(sizes)
