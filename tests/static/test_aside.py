"""Methods beside ``step``: those that a user has to call, and none that something else calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static import discover, read
from optreview.targets import resolve
from tests.static.facts_samples import workings

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
import torch

class Several(torch.optim.Optimizer):
    def __init__(self, optimizer, lr=0.1):
        self.optimizer = optimizer
        self.loss_hook = self.hooked

    @property
    def grads(self):
        return [p.grad for group in self.optimizer.param_groups for p in group["params"]]

    def step(self, closure=None):
        self.before()
        return self.optimizer.step(closure)

    def before(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.grad.mul_(2)

    def hooked(self, p):
        p.grad = None

    def backward_all(self, losses):
        for loss in losses:
            loss.backward()
            self.collect()

    def collect(self):
        return [p.grad for group in self.optimizer.param_groups for p in group["params"]]

    def average(self):
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["mean"] = p.clone()
                p.data.copy_(self.state[p]["mean"])

    def differentiated(self, loss, at):
        return torch.autograd.grad(loss, at)

    def _inner(self, p):
        p.grad = None

    def rate(self):
        return self.param_groups[0]["lr"]
"""


def test_only_what_nothing_else_calls_is_left_aside(tmp_path: Path) -> None:
    (tmp_path / "several.py").write_text(SOURCE)
    found = workings(read(discover(resolve(str(tmp_path / "several.py"))).found[0])).aside
    assert [(each.name, each.touches) for each in found] == [
        ("average", ("parameters", "state")),
        ("backward_all", ("gradients",)),
    ]
    assert SOURCE.splitlines()[found[1].location.line - 1].strip().startswith("def backward_all")
