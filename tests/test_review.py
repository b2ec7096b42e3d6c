"""The pipeline: one optimizer's trouble is not another's, and absence keeps its reason."""

import pytest

from optreview import Settings, analyze, review
from optreview.evidence import static

TWO = """
import torch

class First(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])

class Second(First):
    pass
"""


@pytest.fixture
def two(tmp_path):
    path = tmp_path / "two.py"
    path.write_text(TWO)
    return str(path)


def test_reading_alone_says_why_nothing_was_measured(two):
    outcomes = list(analyze([two], Settings(static_only=True)))
    assert [o.class_name for o in outcomes] == ["First", "Second"]
    for outcome in outcomes:
        assert outcome.review is not None
        assert outcome.review.evidence.dynamic is None
        assert outcome.review.evidence.not_run == review.NOT_ASKED
        memory = next(s for s in outcome.review.judged.scores if s.dimension == "memory")
        assert (memory.value, memory.coverage) == (None, 0.0)


def test_a_fault_on_one_class_leaves_the_others_reviewed(two, monkeypatch):
    read = static.read

    def faulty(candidate):
        if candidate.target.class_name == "First":
            raise RuntimeError("broken")
        return read(candidate)

    monkeypatch.setattr("optreview.evidence.static.read", faulty)
    first, second = analyze([two], Settings(static_only=True))
    assert first.review is None
    assert first.refusal is not None
    assert "RuntimeError: broken" in first.refusal
    assert second.review is not None


def test_a_fault_on_the_only_class_is_not_hidden(two, monkeypatch):
    def faulty(_):
        raise RuntimeError("broken")

    monkeypatch.setattr("optreview.evidence.static.read", faulty)
    with pytest.raises(RuntimeError, match="broken"):
        list(analyze([two + ":First"], Settings(static_only=True)))


def test_both_halves_of_one_run(two):
    (outcome,) = analyze([two + ":Second"], Settings(device="cpu"))
    assert outcome.review is not None
    evidence = outcome.review.evidence
    assert evidence.not_run is None
    assert evidence.dynamic is not None
    assert [r.state_bytes for r in evidence.dynamic.runs] == [0, 0]
    assert evidence.static.subject.qualified_name == "two:Second"
