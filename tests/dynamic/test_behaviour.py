"""The behaviour card: closed forms, AdaBelief's own claims, and responses that cannot be."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from optreview.evidence.dynamic import carding
from optreview.evidence.dynamic.behaving import rate, responses, trial_of
from optreview.evidence.dynamic.behaviour._references import ADAMW, SGD
from optreview.evidence.dynamic.behaviour._scenario import scenarios
from optreview.evidence.dynamic.memory.reference import PLAIN
from optreview.evidence.dynamic.memory.run import Subject
from optreview.evidence.dynamic.protocols import Clues
from optreview.evidence.dynamic.protocols.create_graph import CreateGraph
from optreview.evidence.dynamic.trials.stage import Stage
from optreview.evidence.dynamic.wire import Behaved
from optreview.records import Response
from tests.dynamic.conftest import lone


def stage(cls: type[torch.optim.Optimizer]) -> Stage:
    subject = Subject(cls=cls, qualified_name=cls.__name__, names={})
    return Stage(subject, PLAIN, "cpu", lone(Path(__file__), cls.__name__))


def figures(cls: type[torch.optim.Optimizer]) -> dict[str, float]:
    found = responses(stage(cls))
    assert all(each.word is None for each in found), found
    return {each.scenario: each.figure for each in found if each.figure is not None}


def adabelief() -> dict[str, float]:
    module = pytest.importorskip("pytorch_optimizer")
    return figures(module.AdaBelief)


@pytest.mark.parametrize(("cls", "known"), [(torch.optim.AdamW, ADAMW), (torch.optim.SGD, SGD)])
def test_the_references_are_what_the_optimizers_do(
    cls: type[torch.optim.Optimizer], known: dict[str, float]
) -> None:
    assert figures(cls) == pytest.approx(known, rel=1e-2)


def test_a_step_of_sgd_over_its_lr_is_the_gradient() -> None:
    found = figures(torch.optim.SGD)
    assert found["small_constant"] == pytest.approx(0.001, rel=1e-2)
    assert found["large_constant"] == pytest.approx(10, rel=1e-3)
    assert found["oscillating"] == pytest.approx(1, rel=1e-3)
    assert found["spike"] == pytest.approx(100, rel=1e-3)
    assert found["thousandfold"] == pytest.approx(1000, rel=1e-3)
    assert found["sparse_coordinate"] == pytest.approx(1, rel=1e-3)


def test_adam_under_oscillation_is_the_sum_of_its_momentum() -> None:
    class Adam(torch.optim.Adam):
        pass

    found = figures(Adam)
    assert found["first_step"] == pytest.approx(1, rel=1e-3)
    # |m| tends to (1 - b1) / (1 + b1), corrected by 1 - b1^t; v is one
    wanted = [(0.1 / 1.9) * abs(1 - (-0.9) ** t) / (1 - 0.9**t) for t in range(21, 31)]
    assert found["oscillating"] == pytest.approx(sum(wanted) / 10, rel=1e-2)


class Sign(torch.optim.Optimizer):
    """Every step has the size of the lr."""

    def __init__(self, params: Any, lr: float = 0.02) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                p.sub_(p.grad.sign(), alpha=group["lr"])


def test_a_step_of_the_sign_is_one() -> None:
    found = figures(Sign)
    ones = {"small_constant", "large_constant", "oscillating", "spike", "thousandfold", "first_step"}
    assert {each: found[each] for each in ones} == pytest.approx(dict.fromkeys(ones, 1.0), rel=1e-3)


def test_adabelief_does_what_its_paper_says() -> None:
    """2010.07468, figure 1: a large step where a large gradient stays, a small one where it oscillates."""
    found = adabelief()
    assert found["large_constant"] > 2 * ADAMW["large_constant"]
    assert found["oscillating"] < 0.1
    assert found["oscillating"] < 0.1 * SGD["oscillating"]


def test_adabeliefs_step_grows_as_noise_fades_and_adamws_hardly() -> None:
    """The denominator forgets the noise, and with it what held the step back; SGD has none."""
    assert adabelief()["vanishing_noise"] > 1.15 * ADAMW["vanishing_noise"]
    assert 1 < ADAMW["vanishing_noise"] < 1.25
    assert SGD["vanishing_noise"] == pytest.approx(1, abs=0.1)


class Explodes(torch.optim.SGD):
    """From the second step on the weights are not finite."""

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.taken = getattr(self, "taken", 0) + 1
        for group in self.param_groups:
            for p in group["params"]:
                p.grad /= max(0, 2 - self.taken)
        super().step(closure)


class Raises(torch.optim.SGD):
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        raise RuntimeError("no")


class Rests(torch.optim.SGD):
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        return


def test_a_loss_that_is_scaled_has_its_curvature_scaled() -> None:
    class Newton(torch.optim.Optimizer):
        def __init__(self, params: Any, lr: float = 0.02) -> None:
            super().__init__(params, {"lr": lr})

        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            (p,) = self.param_groups[0]["params"]
            (product,) = torch.autograd.grad(p.grad, p, torch.ones_like(p), retain_graph=True)
            with torch.no_grad():
                p.sub_(p.grad / product, alpha=self.param_groups[0]["lr"])

    subject = Subject(cls=Newton, qualified_name="Newton", names={})
    plan = PLAIN.extended(CreateGraph(), Clues())
    found = responses(Stage(subject, plan, "cpu", lone(Path(__file__), "Newton")))
    assert {each.scenario: each.figure for each in found}["thousandfold"] == pytest.approx(1, rel=1e-3)


def test_steps_do_not_shrink_by_decay() -> None:
    class Large(torch.optim.AdamW):
        def __init__(self, params: Any, lr: float = 1.0, weight_decay: float = 0.1) -> None:
            super().__init__(params, lr=lr, weight_decay=weight_decay)

    found = {each.scenario: each.figure for each in responses(stage(Large))}
    assert found["twentieth_step"] == pytest.approx(found["first_step"], rel=1e-2)


def test_what_has_no_figure_has_a_word() -> None:
    words = {each.scenario: each.word for each in responses(stage(Explodes))}
    assert words.pop("first_step") is None
    assert set(words.values()) == {"diverged"}
    assert {each.word for each in responses(stage(Raises))} == {"failed"}
    ratios = {each.scenario for each in responses(stage(Rests)) if each.word == "still"}
    assert ratios == {"spike", "thousandfold", "vanishing_noise"}


def test_an_optimizer_without_lr_is_told_as_it_moves() -> None:
    class WithoutRate(torch.optim.Optimizer):
        def __init__(self, params: Any) -> None:
            super().__init__(params, {})

        @torch.no_grad()
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            for p in self.param_groups[0]["params"]:
                p.sub_(p.grad, alpha=0.5)

    assert rate(trial_of(stage(WithoutRate))) is None
    assert figures(WithoutRate)["first_step"] == pytest.approx(0.5)


def test_responses_that_cannot_be_are_noticed() -> None:
    good = tuple(Response(scenario=each.id, figure=1.0) for each in scenarios())
    wrong = [
        good[1:],
        (*good, good[0]),
        (msgspec.structs.replace(good[0], figure=math.nan), *good[1:]),
        (msgspec.structs.replace(good[0], figure=None), *good[1:]),
        (msgspec.structs.replace(good[0], word="failed"), *good[1:]),
    ]
    assert carding.contradiction([Behaved(lr=0.1, responses=good)]) is None
    assert carding.contradiction([]) is None
    assert carding.contradiction([Behaved(lr=0.0, responses=good)])
    assert carding.contradiction([Behaved(lr=0.1, responses=good)] * 2)
    for responses_ in wrong:
        assert carding.contradiction([Behaved(lr=0.1, responses=responses_)])


def test_scenarios_need_no_torch_and_stand_in_an_order() -> None:
    places = [each.place for each in scenarios()]
    assert places == sorted(set(places))
    assert set(ADAMW) == set(SGD) == {each.id for each in scenarios()}
    for each in scenarios():
        module = importlib.import_module(type(each).__module__)
        assert "torch" not in vars(module)
        assert each.documentation.endswith(".")
