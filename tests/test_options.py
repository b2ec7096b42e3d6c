"""Which options are tried: what the source says may change what an optimizer keeps, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.evidence.options import worth_measuring, worth_reviewing
from optreview.evidence.static import discover, read
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
import torch

class Planted(torch.optim.Optimizer):
    def __init__(self, params, lr: float | None = None, {parameter}):
        super().__init__(params, {{"lr": lr or 0.1, "given": given}})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if {condition} and not self.state[p]:
                    self.state[p]["average"] = torch.zeros_like(p)
                p.add_(p.grad, alpha=-group["lr"])
"""


@pytest.mark.parametrize(
    ("parameter", "condition", "measured", "reviewed"),
    [
        ("given=None", 'group["given"] is not None', ["given=0.9"], ["given=0.9"]),
        ("given: float | None = None", 'group["given"] is not None', ["given=0.9"], ["given=0.9"]),
        ("given: bool | None = None", 'group["given"]', [], ["given=True"]),
        ("given: Optional[float] = None", "True", [], ["given=0.1"]),
        ("given: int | None = None", "True", [], ["given=1"]),
        ("given: str | None = None", "True", [], []),
        ("given=None", "True", [], []),
        ("given=0.0", 'group["given"] != 0', ["given=0.9"], ["given=0.9"]),
        ("given=0.5", 'group["given"] != 0', [], []),
    ],
)
def test_what_is_tried(
    tmp_path: Path, parameter: str, condition: str, measured: list[str], reviewed: list[str]
) -> None:
    path = tmp_path / "planted.py"
    path.write_text(SOURCE.format(parameter=parameter, condition=condition))
    [candidate] = discover(resolve(str(path))).found
    facts = read(candidate)
    assert [f"{each.name}={each.value}" for each in worth_measuring(facts)] == measured
    assert [f"{each.name}={each.value}" for each in worth_reviewing(facts)] == reviewed
