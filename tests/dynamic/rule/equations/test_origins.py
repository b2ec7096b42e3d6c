"""The lines of the code that equations are told to come from are those that compute them."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from optreview.evidence.dynamic.rule.equations.extract import equations
from tests.dynamic.conftest import lone
from tests.dynamic.rule.program.stages import stage


def _scaled(mean: torch.Tensor, lr: float) -> torch.Tensor:
    larger = mean * 3
    return larger * -lr  # helper


class Followed(torch.optim.Optimizer):
    def __init__(self, params: Any, lr: float = 0.1, decay: float = 0.9, eps: float = 0.5) -> None:
        super().__init__(params, {"lr": lr, "decay": decay, "eps": eps})

    @torch.no_grad()
    def step(self, closure: object = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["t"], state["moment"], state["last"] = 0, torch.zeros_like(p), torch.zeros_like(p)
                state["t"] += 1
                state["moment"].mul_(group["decay"])  # mean
                unused = p * 7
                state["moment"].add_(p.grad, alpha=1 - group["decay"])
                share = 1 - group["decay"] ** state["t"]  # share
                state["last"].mul_(unused.abs().sum())
                state["last"].copy_(p.grad)  # last
                p.mul_(1 - group["eps"])  # p
                p.add_(_scaled(state["moment"], group["lr"] / math.sqrt(share)))  # p


def lines_of(told: str) -> set[int]:
    first = inspect.getsourcelines(Followed)[1]
    text = inspect.getsource(Followed).splitlines()
    return {first + index for index, line in enumerate(text) if line.endswith(told)}


@pytest.fixture(scope="module")
def found() -> dict[str, dict[int, tuple[str, ...]]]:
    here = Path(__file__)
    made = stage(Followed)
    located = replace(made, target=lone(here, "Followed"), files=(here.name,))
    (told,) = equations(located, {}, {"lr": "0.2", "decay": "0.8", "eps": "0.25"})
    assert told.proof.verdict == "proven"
    assert [each.name for each in told.lines] == ["moment", "last", "p"]
    return {each.name: {one.location.line: one.reads for one in each.sources} for each in told.lines}


def test_a_running_mean_comes_from_both_of_its_lines(found: dict[str, dict[int, tuple[str, ...]]]) -> None:
    (mean,) = lines_of("# mean")
    assert set(found["moment"]) == {mean, mean + 2}
    assert found["moment"][mean] == ("decay", "moment")
    assert "g" in found["moment"][mean + 2]


def test_what_was_overwritten_left_no_line(found: dict[str, dict[int, tuple[str, ...]]]) -> None:
    assert set(found["last"]) == lines_of("# last")


def test_numbers_and_helpers_have_lines_too(found: dict[str, dict[int, tuple[str, ...]]]) -> None:
    helper = inspect.getsourcelines(_scaled)[1]
    assert set(found["p"]) == {helper + 1, helper + 2} | lines_of("# p") | lines_of("# share")
    assert found["p"][min(lines_of("# p"))] == ("eps", "p")
    assert found["p"][min(lines_of("# share"))] == ("decay", "t_'")


class Corrected(torch.optim.Optimizer):
    def __init__(self, params: Any, lr: float = 0.1, decay: float = 0.9) -> None:
        super().__init__(params, {"lr": lr, "decay": decay})

    @torch.no_grad()
    def step(self, closure: object = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["t"], state["moment"] = 0, torch.zeros_like(p)
                state["t"] += 1
                state["moment"].lerp_(p.grad, 1 - group["decay"])
                share = 1 - group["decay"] ** state["t"]  # corrected
                update = state["moment"] / share  # corrected
                p.add_(update, alpha=-group["lr"])  # applied


def test_a_corrected_mean_comes_from_the_line_that_divides_it_and_what_reads_it_does_not() -> None:
    here = Path(__file__)
    located = replace(stage(Corrected), target=lone(here, "Corrected"), files=(here.name,))
    (told,) = equations(located, {}, {"lr": "0.2", "decay": "0.8"})
    first, text = inspect.getsourcelines(Corrected)[1], inspect.getsource(Corrected).splitlines()
    lines = {each.name: {one.location.line - first for one in each.sources} for each in told.lines}
    assert {text[line].rsplit("# ")[-1] for line in lines["moment_hat"]} == {"corrected"}
    assert len(lines["moment_hat"]) == 2
    assert {text[line].rsplit("# ")[-1] for line in lines["p"]} == {"applied"}
