"""``--registry``: the box lists what a registry holds, and the classes become ordinary targets."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from optreview import registries
from optreview.errors import InputError
from optreview.evidence.dynamic.client import Limits, Runner
from tests.cli.watching import analyze

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPTIM = """
import torch
from torch.optim import Optimizer


class Registry:
    def __init__(self):
        self._module_dict = {}

    @property
    def module_dict(self):
        return self._module_dict

    def register(self, cls):
        self._module_dict[cls.__name__] = cls
        return cls


OPTIMIZERS = Registry()


@OPTIMIZERS.register
class Own(Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])


OPTIMIZERS.register(torch.optim.SGD)
OPTIMIZERS.register(Optimizer)


def made():
    class Inner(Own):
        pass

    return Inner


PLAIN = {"own": Own, "again": Own, "function": print}
LISTED = [torch.optim.Adam]
MADE = [made()]
EMPTY = []
NUMBER = 3


class Raising:
    @property
    def module_dict(self):
        raise RuntimeError("no registry today")


RAISING = Raising()
"""


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner(device="cpu", limits=Limits(wall_seconds=60)) as runner:
        yield runner


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "optreview_zoo"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "optim.py").write_text(OPTIM)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def held(runner: Runner, name: str) -> list[str]:
    found = registries.held(runner, registries.named(f"optreview_zoo.optim:{name}"))
    return [f"{each.target.module}:{each.target.class_name}" for each in found if each.target is not None]


def test_registries_mappings_and_lists_give_each_optimizer_once(runner: Runner, zoo: Path) -> None:
    assert held(runner, "OPTIMIZERS") == ["optreview_zoo.optim:Own", "torch.optim.sgd:SGD"]
    assert held(runner, "PLAIN") == ["optreview_zoo.optim:Own"]
    assert held(runner, "LISTED") == ["torch.optim.adam:Adam"]
    assert "optreview_zoo" not in sys.modules


def test_a_class_without_a_place_of_its_own_is_told(runner: Runner, zoo: Path) -> None:
    (found,) = registries.held(runner, registries.named("optreview_zoo.optim:MADE"))
    assert found.target is None
    assert found.refusal


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("EMPTY", "holds no optimizer class"),
        ("NUMBER", "holds no optimizer class"),
        ("NOTHING", "is not there"),
        ("RAISING", "raised RuntimeError: no registry today."),
    ],
)
def test_what_is_no_registry_is_said_in_one_sentence(runner: Runner, zoo: Path, name: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        list(registries.held(runner, registries.named(f"optreview_zoo.optim:{name}")))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_the_object_has_to_be_named() -> None:
    with pytest.raises(InputError, match="needs an object"):
        registries.named("torch.optim.adam")


def test_the_command_line_reviews_what_is_held(zoo: Path) -> None:
    done = analyze(zoo, "--registry", "optreview_zoo.optim:PLAIN", "--model", "none", "-q")
    assert done.code == 0, done
    assert (zoo / "reviews" / "optreview_zoo" / "Own.md").exists()
    empty = analyze(zoo, "--registry", "optreview_zoo.optim:EMPTY", "--model", "none")
    assert (empty.code, "holds no optimizer class" in empty.sentence()) == (2, True)
    static = analyze(zoo, "--registry", "optreview_zoo.optim:PLAIN", "--static")
    assert (static.code, "--static runs nothing" in static.sentence()) == (2, True)


def test_the_registry_of_a_real_package(runner: Runner) -> None:
    found = list(registries.held(runner, registries.named("pytorch_optimizer.optimizer:OPTIMIZERS")))
    names = {each.target.class_name for each in found if each.target is not None}
    assert len(names) > 100
    assert {"AdaBelief", "Lion", "AdamW"} <= names
