"""All processes of a class together: what they may take, and no more than the machine has."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from optreview.evidence.dynamic import watch
from optreview.evidence.dynamic.wire import Limits


@pytest.mark.parametrize(("machine", "excess"), [(1 << 20, "memory"), (1 << 50, None)])
def test_a_small_machine_is_not_filled(
    monkeypatch: pytest.MonkeyPatch, machine: int, excess: str | None
) -> None:
    """The limits alone would allow 24 GiB."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=machine))
    monkeypatch.setattr(watch, "_PATIENCE", 0.0)
    watching = watch.Watch(Limits())
    monkeypatch.setattr(watching, "_inherited", 0)
    monkeypatch.setattr(watch, "_descendants", lambda: [psutil.Process()])
    assert watching.excess() == excess
