"""Which optimizers wrap another one, by source alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.evidence.static import reading
from optreview.evidence.static.facts.wrappers import wrapped
from optreview.evidence.static.source.classes import Lineage
from optreview.evidence.static.source.index import Index
from optreview.evidence.static.source.modules import ClassRef

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "import torch\n\nclass Outer(torch.optim.Optimizer):\n    def __init__(self, {signature}):\n"
STEP = "\n    def step(self, closure=None):\n        {body}\n"


def names(tmp_path: Path, signature: str, body: str, step: str) -> list[str]:
    source = HEAD.format(signature=signature) + f"        {body}\n" + STEP.format(body=step)
    (tmp_path / "sample.py").write_text(source, encoding="utf-8")
    index = Index(str(tmp_path), (), "sample", lone=True)
    module = index.load("sample")
    assert module is not None
    found = reading.read(index, Lineage(index, ClassRef(module, module.classes["Outer"])))
    return [event.name for event in wrapped(found)]


@pytest.mark.parametrize(
    ("signature", "body", "step"),
    [
        ("optimizer, k=5", "self.inner = optimizer", "self.inner.step(closure)"),
        ("base: torch.optim.Optimizer, k=5", "self.base = base", "return self.base.step(closure)"),
        ("params, lr=1.0", "self.optimizer = torch.optim.SGD(params, lr=lr)", "self.optimizer.step()"),
    ],
)
def test_an_optimizer_that_is_held_and_stepped_is_wrapped(
    tmp_path: Path, signature: str, body: str, step: str
) -> None:
    assert len(names(tmp_path, signature, body, step)) == 1


@pytest.mark.parametrize(
    ("signature", "body", "step"),
    [
        ("params, scheduler=None", "self.scheduler = scheduler", "self.scheduler.step()"),
        ("optimizer, k=5", "self.optimizer = optimizer", "pass"),
        ("params, lr=1.0", "super().__init__(params, dict(lr=lr))", "pass"),
    ],
)
def test_a_scheduler_or_an_optimizer_never_stepped_is_none(
    tmp_path: Path, signature: str, body: str, step: str
) -> None:
    assert names(tmp_path, signature, body, step) == []
