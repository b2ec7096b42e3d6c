"""Small sources with one trait of a step each, and real optimizers, read."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from optreview.evidence.static import discover, read
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import StaticEvidence, Workings

#: Weight decay that goes through the gradient, and weight decay that does not.
COUPLED, DECOUPLED = "grad = grad.add(p, alpha=wd)", "p.mul_(1 - lr * wd)"

SOURCE = """
import math
import torch

class Sample(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, beta=0.9, weight_decay=0.0, decouple=False):
        super().__init__(params, dict(lr=lr, beta=beta, weight_decay=weight_decay, decouple=decouple))

    @torch.no_grad()
    def step(self, {closure}):
        loss = None
{before}
        for group in self.param_groups:
            lr, beta, wd = group["lr"], group["beta"], group["weight_decay"]
            for p in group["params"]:
                grad = p.grad
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["m"] = torch.zeros_like(p)
                    state["v"] = torch.zeros_like(p)
                    state["start"] = p.clone()
                    state["n"] = torch.zeros(1)
                m, v = state["m"], state["v"]
{body}
{after}
"""


def sample(
    folder: Path, body: str, *, closure: str = "closure=None", before: str = "", after: str = "return loss"
) -> StaticEvidence:
    def indented(text: str, depth: int) -> str:
        return "\n".join(" " * depth + line for line in text.split("\n"))

    text = SOURCE.format(
        closure=closure, before=indented(before, 8), body=indented(body, 16), after=indented(after, 8)
    )
    (folder / "sample.py").write_text(text, encoding="utf-8")
    return read(discover(resolve(str(folder / "sample.py"))).found[0])


def workings(found: StaticEvidence) -> Workings:
    assert found.workings is not None
    return found.workings


@functools.cache
def real(spec: str) -> StaticEvidence:
    return read(discover(resolve(spec)).found[0])
