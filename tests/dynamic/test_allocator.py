"""Memory inside kernels: what CUDA's allocator counts beyond the tensors; nothing is told on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.memory.allocator import Allocator
from tests.dynamic.conftest import evidence_of, installed

if TYPE_CHECKING:
    import pytest

    from optreview.evidence.dynamic.client import Runner


def test_what_stays_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the allocator: 100 B of tensors and a workspace, and 30 B that come and go."""
    told = {"requested_bytes.all.peak": 130, "requested_bytes.all.current": 100}
    calls: list[str] = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: calls.append("synchronize"))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: calls.append("reset"))
    monkeypatch.setattr(torch.cuda, "memory_stats", lambda: told)
    allocator = Allocator("cuda")
    allocator.begin()
    assert allocator.transient() == 30
    assert calls == ["synchronize", "reset", "synchronize"]


def test_the_cpu_is_silent(runner: Runner) -> None:
    allocator = Allocator("cpu")
    allocator.begin()
    assert allocator.transient() is None
    evidence = evidence_of(runner, installed("torch.optim.adamw", "AdamW"), probes=())
    assert {run.kernel_internal_bytes for run in evidence.runs} == {None}
