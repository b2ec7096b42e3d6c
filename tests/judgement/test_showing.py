"""What a name says of an option is shown by the lines that ask for it, or by a run; else it is a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from optreview.evidence.static import discover, read
from optreview.judgement import options, showing
from optreview.records import Measurement
from optreview.targets import resolve
from tests import samples

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import Evidence

HEAD = """
import torch

class Planted(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1, weight_decay=0.1, decoupled_wd=False):
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay, decoupled_wd=decoupled_wd))
        self.first = lr

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                grad, decay = p.grad, group["weight_decay"]
"""
MEANT = """
                if group["decoupled_wd"]:
                    p.mul_(1 - group["lr"] * decay)
                else:
                    grad = grad.add(p, alpha=decay)
                p.add_(grad, alpha=-group["lr"])
"""
MISNAMED = """
                if group["decoupled_wd"]:
                    decay = decay / self.first
                p.mul_(1 - group["lr"] * decay)
                p.add_(grad, alpha=-group["lr"])
"""


def of(folder: Path, body: str) -> Evidence:
    path = folder / "planted.py"
    path.write_text(HEAD + body)
    [candidate] = discover(resolve(str(path))).found
    return samples.evidence(static=read(candidate))


def test_what_divides_the_decay_is_not_shown_to_decouple_it(tmp_path: Path) -> None:
    found = showing.shown("decoupled decay", ("decoupled_wd",), of(tmp_path, MEANT))
    assert found is not None
    assert [each.line for each in found.locations] == [16]
    assert showing.shown("decoupled decay", ("decoupled_wd",), of(tmp_path, MISNAMED)) is None
    assert showing.shown("decoupled decay", ("decoupled_wd", "other"), of(tmp_path, MEANT)) is None


def test_other_names_of_the_same_signature_are_not_shown(tmp_path: Path) -> None:
    evidence = of(tmp_path, MEANT)
    for by, name in (("maximum", "amsgrad"), ("correction", "bias_correction"), ("foreach path", "foreach")):
        assert showing.shown(by, (name,), evidence) is None
    assert showing.shown("", ("amsgrad",), evidence) is None


@pytest.mark.parametrize(("value", "told"), [(True, True), (False, False), (None, False)])
def test_a_run_shows_it_too(value: bool | None, told: bool) -> None:
    answer = Measurement(
        id="maximize_mirrors_minimize", value=value, unit="bool", presence="measured", note=""
    )
    evidence = samples.evidence(dynamic=msgspec.structs.replace(samples.dynamic(), measurements=(answer,)))
    assert (showing.shown("climbing", ("maximize",), evidence) is not None) is told


def test_every_way_of_the_catalogue_is_known() -> None:
    assert {idea.shown for idea in options.load() if idea.shown} == showing.KINDS
