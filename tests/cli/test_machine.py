"""``--tier this``: RAM and GPUs as the kernel and the driver's tool tell of them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import psutil
import pytest

from optreview.cli import machine

if TYPE_CHECKING:
    from pathlib import Path

H100 = "0, GPU-6a5c, Disabled, 81559, NVIDIA H100 80GB HBM3"
SMALL = "1, GPU-77d0, [N/A], 8192, NVIDIA GeForce RTX 3050"


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A driver's tool that says what it is told to, on a machine without limits."""

    def says(text: str, *, fails: bool = False) -> None:
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit {int(fails)}\n")
        tool.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(machine, "_LIMITS", ())
    return says


def test_the_largest_gpu_is_the_tier(driver) -> None:
    driver(f"{SMALL}\n{H100}")
    found = machine.tier()
    assert (found.device, found.batch, found.tight) == ("cuda", 16, False)
    assert found.gib == pytest.approx(81559 / 1024, abs=0.01)
    assert "H100" in found.title


@pytest.mark.parametrize(("shown", "gib"), [("1", 8.0), ("GPU-77d0", 8.0), ("1,0", 79.65)])
def test_gpus_that_programs_are_not_shown_do_not_count(driver, monkeypatch, shown: str, gib: float) -> None:
    driver(f"{H100}\n{SMALL}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    assert machine.tier().gib == gib


@pytest.mark.parametrize("shown", ["", "-1"])
def test_without_a_gpu_that_is_shown_it_is_the_ram(driver, monkeypatch, shown: str) -> None:
    driver(H100)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    assert machine.tier().device == "cpu"


@pytest.mark.parametrize(
    "text",
    [
        "No devices were found",
        "0, GPU-6a5c, Enabled, 81559, NVIDIA H100 80GB HBM3",  # cut into parts
        "0, GPU-10ab, [N/A], [N/A], NVIDIA GB10",  # its memory is the machine's
        "",
    ],
)
def test_what_the_tool_does_not_say_of_a_gpu_is_not_guessed(driver, text: str) -> None:
    driver(text)
    found = machine.tier()
    assert found.device == "cpu"
    assert found.gib == pytest.approx(psutil.virtual_memory().total / (1 << 30), abs=0.01)


def test_a_tool_that_fails_or_hangs_is_no_gpu(driver, monkeypatch) -> None:
    driver(H100, fails=True)
    assert machine.tier().device == "cpu"

    def hangs(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("nvidia-smi", 10)

    monkeypatch.setattr(subprocess, "run", hangs)
    assert machine.tier().device == "cpu"


def test_a_container_has_what_its_limit_leaves(driver, monkeypatch, tmp_path: Path) -> None:
    driver("")
    limited, free = tmp_path / "memory.max", tmp_path / "memory.limit_in_bytes"
    limited.write_text(f"{4 << 30}\n")
    free.write_text("max\n")
    monkeypatch.setattr(machine, "_LIMITS", (str(limited), str(free)))
    found = machine.tier()
    assert (found.gib, found.batch, found.tight) == (4.0, 1, True)
