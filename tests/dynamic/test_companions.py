"""Packages that a class uses or does without, and the smaller model where the larger one takes too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.evidence.dynamic.workloads import SMALL
from tests.dynamic.conftest import evidence_of, installed, lone

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.evidence.dynamic.client import Runner

HEAD = """
import json
import torch
{imports}

class Planted(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {{"lr": lr}})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                {body}
                p.add_(p.grad, alpha=-group["lr"])
"""
OPTIONAL = """
try:
    import no_package_of_this_name
except ImportError:
    no_package_of_this_name = None
import importlib.util
there = importlib.util.find_spec("nor_of_this_one")
"""


def _packages(runner: Runner, folder: Path, imports: str = "", body: str = "pass") -> dict[str, bool]:
    """The names, and whether they are installed."""
    path = folder / "planted.py"
    path.write_text(HEAD.format(imports=imports, body=body))
    found = evidence_of(runner, lone(path, "Planted"), probes=()).packages
    return {each.name: each.version is not None for each in found}


def test_what_is_used_and_what_is_missing(runner: Runner, tmp_path: Path) -> None:
    missing = {"no_package_of_this_name": False, "nor_of_this_one": False}
    assert _packages(runner, tmp_path, "import numpy" + OPTIONAL) == {"numpy": True, **missing}


def test_torch_and_python_are_no_companions(runner: Runner, tmp_path: Path) -> None:
    assert _packages(runner, tmp_path, "from torch import nn") == {}
    assert not evidence_of(runner, installed("torch.optim.adamw", "AdamW"), probes=()).packages


def test_what_other_modules_of_the_package_miss_is_not_told(runner: Runner) -> None:
    """The package asks for several that are not there, in modules that this class has nothing of."""
    assert not evidence_of(runner, installed("pytorch_optimizer.optimizer.lion", "Lion"), probes=()).packages


def test_who_contracts_depends_on_how(runner: Runner, tmp_path: Path) -> None:
    contracts = 'torch.einsum("i,i->", p.flatten(), p.flatten())'
    assert set(_packages(runner, tmp_path, body=contracts)) == {"opt_einsum"}


@pytest.mark.parametrize(("body", "told"), [("torch.empty(p.numel(), p.numel())", 1), ("pass", 0)])
def test_too_much_memory_is_tried_on_the_smaller_model(
    runner: Runner, tmp_path: Path, body: str, told: int
) -> None:
    """The square of a matrix's elements: 12 GiB for a layer of the larger model."""
    path = tmp_path / "planted.py"
    path.write_text(HEAD.format(imports="", body=body))
    evidence = evidence_of(runner, lone(path, "Planted"), probes=())
    assert sum("was measured on the smaller one" in each.message for each in evidence.failures) == told
    assert (evidence.workload.name == SMALL) is bool(told)
