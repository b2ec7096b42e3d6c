"""Programs that are proven, and such as must not be: what they lack shows in the replay."""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING

import pytest
import torch

from optreview.evidence.dynamic.rule.extraction import SHAPES, extraction
from optreview.evidence.dynamic.rule.program.instructions import Call
from optreview.evidence.dynamic.rule.program.proof import STEPS, replay
from tests.dynamic.rule.program import decoys, optimizers
from tests.dynamic.rule.program.stages import rule, stage

if TYPE_CHECKING:
    from optreview.records import UpdateRule

PACKAGES = (
    "torch.optim:AdamW",
    "torch.optim:Adafactor",
    "torch.optim:RAdam",
    "pytorch_optimizer:Lamb",
    "pytorch_optimizer:Prodigy",
    "pytorch_optimizer:SOAP",
    "pytorch_optimizer:SAM",
    "schedulefree:AdamWScheduleFree",
    "lion_pytorch:Lion",
)


def proven(found: UpdateRule) -> bool:
    return found.program.verdict == "proven"


@pytest.mark.parametrize("cls", optimizers.PROVEN, ids=lambda cls: cls.__name__)
def test_it_is_proven(cls: type[torch.optim.Optimizer]) -> None:
    found = rule(cls)
    assert proven(found), found
    assert (found.program.steps, found.program.agreed, found.program.reason) == (STEPS, STEPS, "")
    assert {each.name for each in found.program.settings} >= {"lr"}
    assert not found.mutates_gradient


@pytest.mark.parametrize("name", PACKAGES)
def test_real_packages_are_proven(name: str) -> None:
    module, _, cls = name.partition(":")
    found = rule(getattr(pytest.importorskip(module), cls))
    assert proven(found), found


@pytest.mark.parametrize("cls", decoys.UNPROVEN, ids=lambda cls: cls.__name__)
def test_a_decoy_is_not_proven(cls: type[torch.optim.Optimizer]) -> None:
    found = rule(cls)
    assert found.program.verdict == "unproven", found
    assert found.program.reason
    assert found.program.agreed < STEPS


@pytest.mark.parametrize("cls", decoys.NOT_EXTRACTABLE, ids=lambda cls: cls.__name__)
def test_what_cannot_be_recorded_is_said(cls: type[torch.optim.Optimizer]) -> None:
    found = rule(cls)
    assert found.program.verdict == "not-extractable", found
    assert found.program.reason.endswith(".")
    assert (found.ways, found.program.steps, found.mutates_gradient) == (0, 0, None)


def test_the_step_at_which_it_goes_another_way_is_told() -> None:
    found = rule(decoys.Late)
    assert found.program.agreed == optimizers.LATE
    assert "took a way that was not recorded" in found.program.reason


def test_what_the_programs_lack_is_told() -> None:
    assert "Its step runs sub_ where no call" in rule(decoys.Bypassing).program.reason
    assert "random numbers from Python." in rule(decoys.PythonRandom).program.reason
    assert "random numbers from NumPy." in rule(decoys.NumpyRandom).program.reason
    foreign = rule(decoys.Foreign).program.reason
    assert "neither in its state nor computed" in foreign
    assert "no call of Python's" not in foreign
    assert "random" not in rule(decoys.Global).program.reason


def test_a_hyperparameter_that_loses_its_formula_is_named() -> None:
    assert "It agrees while beta is as recorded." in rule(decoys.Frozen).program.reason


def test_a_scripted_function_is_seen() -> None:
    ways = extraction(stage(optimizers.Twice)).variants.found
    calls = [each.name for each in ways[0].program.instructions if isinstance(each, Call)]
    assert calls.count("mul") == 2  # one for each parameter


def test_a_memo_table_is_no_way_of_its_own() -> None:
    found = extraction(stage(optimizers.Memo))
    assert len(found.variants.found) == 2  # the first step, and every other
    assert any(".table." in place for place in found.variants.memos)


def test_every_way_knows_its_steps() -> None:
    ways = extraction(stage(optimizers.Rectified)).variants.found
    taken = sorted(step for way in ways for step in way.steps)
    assert taken == list(range(1, 25))
    assert [5] in [way.steps for way in ways]


def test_knobs_that_are_off_are_switched_on_and_idle_ones_are_named() -> None:
    class Knobs(optimizers.Plain):
        def __init__(self, params: object, lr: float = 0.1, decay: float = 0.0, idle: float = 0.3) -> None:
            super().__init__(params, lr, decay=decay, idle=idle)

        def update(self, group: dict[str, float], p: torch.Tensor, state: object) -> None:
            p.mul_(1 - group["lr"] * group["decay"]).sub_(p.grad, alpha=group["lr"])  # type: ignore[arg-type]

    found = rule(Knobs)
    assert [(each.name, each.value) for each in found.settings] == [("decay", "0.1")]
    assert found.idle == ("idle",)
    assert proven(found)


def test_a_changed_gradient_is_told() -> None:
    class Normalizing(optimizers.Plain):
        def update(self, group: dict[str, float], p: torch.Tensor, state: object) -> None:
            assert p.grad is not None
            p.sub_(p.grad.div_(p.grad.norm() + 1), alpha=group["lr"])

    found = rule(Normalizing)
    assert found.mutates_gradient
    assert proven(found)


def test_gradients_with_a_graph_are_differentiated_again() -> None:
    from optreview.evidence.dynamic.protocols.create_graph import CreateGraph  # noqa: PLC0415

    at = stage(optimizers.Curved)
    at.plan = at.plan.extended(CreateGraph(), at.plan.clues)
    found = extraction(at)
    assert found.proof.proven, found.proof


def test_a_program_with_one_number_changed_fails() -> None:
    """The proof can fail: the recorded programs of one rate do not fit another that is no leaf."""
    found = extraction(stage(optimizers.Plain))
    other = stage(optimizers.Rectified).trial(SHAPES)
    assert replay(other, found.variants).error


def test_nothing_is_left_behind() -> None:
    before = math.sqrt, torch.optim.SGD.step, importlib.import_module
    rule(torch.optim.SGD)
    assert (math.sqrt, torch.optim.SGD.step, importlib.import_module) == before
    assert "max" not in vars(optimizers)
