"""The words for the conditions under which something happens: spelt out while they are few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.evidence.static import discover, read
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
import torch

class Sample(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, cautious=False):
        super().__init__(params, dict(lr=lr, cautious=cautious))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                {test}
                    p.grad.neg_()
"""
LOCAL = [f"p.grad.{name}() > 0" for name in ("dim", "numel", "element_size", "storage_offset")]


def message(folder: Path, *conditions: str) -> str:
    nested = "".join(f"{' ' * (16 + 4 * depth)}if {test}:\n" for depth, test in enumerate(conditions))
    inner = " " * (16 + 4 * len(conditions))
    body = SOURCE.replace(" " * 16 + "{test}\n" + " " * 20, nested + inner)
    path = folder / "sample.py"
    path.write_text(body, encoding="utf-8")
    (candidate,) = discover(resolve(str(path))).found
    (found,) = [f for f in read(candidate).findings if f.rule == "gradient_mutated"]
    return found.message


def test_few_conditions_are_spelt_out(tmp_path: Path) -> None:
    said = message(tmp_path, 'group["cautious"]', LOCAL[0])
    assert said.endswith('in place when `group["cautious"]` and `p.grad.dim() > 0`.')


def test_of_many_conditions_those_that_a_user_sets_are_named(tmp_path: Path) -> None:
    said = message(tmp_path, *LOCAL, 'group["cautious"]')
    assert said.endswith('in place when `group["cautious"]` and other conditions hold.')


@pytest.mark.parametrize("conditions", [LOCAL])
def test_many_conditions_that_no_user_sets_are_some_paths(tmp_path: Path, conditions: list[str]) -> None:
    assert message(tmp_path, *conditions).endswith("in place on some paths.")


def test_what_one_object_denies_of_another_in_the_same_words_is_not_said_of_both(tmp_path: Path) -> None:
    path = tmp_path / "nested.py"
    path.write_text(
        "import torch\n\nclass Inner:\n    def __init__(self, wide):\n        self.wide = wide\n\n"
        "    def turn(self, p):\n        if not self.wide:\n            p.grad.neg_()\n\n"
        "class Outer(torch.optim.Optimizer):\n"
        "    def __init__(self, params, lr=1e-3, wide=True, narrow=False):\n"
        "        super().__init__(params, dict(lr=lr))\n        self.wide = wide\n"
        "        self.inner = Inner(narrow)\n\n    @torch.no_grad()\n    def step(self, closure=None):\n"
        "        for group in self.param_groups:\n            for p in group['params']:\n"
        "                if self.wide:\n                    self.inner.turn(p)\n",
        encoding="utf-8",
    )
    (candidate,) = discover(resolve(str(path))).found
    (said,) = [f.message for f in read(candidate).findings if f.rule == "gradient_mutated"]
    assert said == "`neg_` changes the caller's gradient in place on some paths."
