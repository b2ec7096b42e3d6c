"""Hostile files: bounded, one clear sentence, nothing left running, and the next job is not affected."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from optreview.evidence.dynamic.client import Job, Limits, Runner
from optreview.records import DynamicEvidence, Failure, Option
from tests.dynamic.conftest import evidence_of, failure_of, lone
from tests.dynamic.specimens.hostile import BORNE, MANY_HOARDS, REFUSED, SEALED, on_import

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def strict() -> Iterator[Runner]:
    """Four seconds and 3 GiB for every job."""
    with Runner(device="cpu", limits=Limits(wall_seconds=4, memory_bytes=3 << 30)) as runner:
        yield runner


def write(folder: Path, name: str, source: str) -> Path:
    path = folder / f"{name}.py"
    path.write_text(source, encoding="utf-8")
    return path


def template_of(runner: Runner) -> psutil.Process:
    assert runner.process_id is not None
    return psutil.Process(runner.process_id)


def assert_nothing_left(runner: Runner) -> None:
    if runner.process_id is not None:
        assert template_of(runner).children(recursive=True) == []


@pytest.mark.parametrize("name", REFUSED)
def test_refused(strict: Runner, tmp_path: Path, name: str) -> None:
    if name in SEALED and sys.platform != "linux":
        pytest.skip("what keeps a measurement from forking is Linux's")
    source, kind, words = REFUSED[name]
    began = time.monotonic()
    failure = failure_of(strict, lone(write(tmp_path, name, source), "Hostile"))
    assert time.monotonic() - began < 60
    assert failure.kind == kind, failure.message
    assert failure.message.isprintable()
    assert words in failure.message
    assert 20 < len(failure.message) < 500
    assert_nothing_left(strict)
    assert [entry.name for entry in tmp_path.iterdir()] == [f"{name}.py"]


@pytest.mark.parametrize("name", BORNE)
def test_borne(runner: Runner, tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "random" if name == "shadows_the_library" else name, BORNE[name])
    assert evidence_of(runner, lone(path, "Hostile")).runs[0].state_bytes == 0
    assert_nothing_left(runner)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_missing_package_names_the_distribution(strict: Runner, tmp_path: Path) -> None:
    failure = failure_of(strict, lone(write(tmp_path, "needs", REFUSED["needs_package"][0]), "Hostile"))
    assert failure.missing_package == "scikit-image"


def test_memory_is_limited_for_all_processes_together(tmp_path: Path) -> None:
    path = write(tmp_path, "hoards", MANY_HOARDS)
    with Runner(device="cpu", limits=Limits(wall_seconds=30, memory_bytes=5 << 28)) as runner:
        failure = failure_of(runner, lone(path, "Hostile"))
        assert failure.kind == "memory-limit"
        assert "in all its processes together" in failure.message
        assert_nothing_left(runner)


def test_a_hang_does_not_slow_the_next_job(strict: Runner, tmp_path: Path) -> None:
    before = strict.process_id
    failure_of(strict, lone(write(tmp_path, "hang", REFUSED["loops_on_import"][0]), "Hostile"))
    evidence_of(strict, lone(write(tmp_path, "fine", on_import("")), "Hostile"))
    assert strict.process_id == before is not None  # the same warm template


def test_what_was_measured_before_a_hang_stands(strict: Runner, tmp_path: Path) -> None:
    """What comes after it is measured too, whether it hangs in a kind of numbers or with an option."""
    kinds = "{p.dtype for p in self.param_groups[0]['params']}"
    source = (
        on_import("")
        .replace("lr=1e-3):", "lr=1e-3, stall=False):\n        self.stall = stall")
        .replace("pass", f"while self.stall or {kinds} == {{torch.bfloat16}}: pass")
    )
    stall = Option(name="stall", value="True")
    result = strict.measure(Job(target=lone(write(tmp_path, "half", source), "Hostile"), options=(stall,)))
    assert isinstance(result, DynamicEvidence)
    (stalled,) = result.options
    assert stalled.failure is not None
    assert "running with stall=True within 4 s" in stalled.failure.message
    assert [run.dtype for run in result.runs] == ["float32"]
    assert {f.kind for f in result.failures} == {"timeout"}  # the probes in bfloat16 hang as well
    assert "running in bfloat16 within 4 s" in result.failures[0].message
    assert result.growth is not None
    assert result.growth.verdict == "constant"


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_the_network_is_unreachable_where_the_box_says_so(strict: Runner, tmp_path: Path) -> None:
    source = on_import(
        """
        import socket
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        except OSError as error:
            reachable = error.errno not in (1, 101, 99)
        assert not reachable
        """
    )
    result = strict.measure(Job(target=lone(write(tmp_path, "caller", source), "Hostile")))
    assert isinstance(result, DynamicEvidence | Failure)
    if isinstance(result, Failure):
        pytest.skip("no network namespace here")
    assert "network unreachable" in result.box.active


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to drop")
def test_root_is_dropped_so_that_nothing_can_be_written(strict: Runner, tmp_path: Path) -> None:
    source = on_import(f"open({str(tmp_path / 'planted')!r}, 'w')")
    failure = failure_of(strict, lone(write(tmp_path, "writes", source), "Hostile"))
    assert "PermissionError" in failure.message
    assert not (tmp_path / "planted").exists()


def test_box_lists_every_protection_once(runner: Runner, tmp_path: Path) -> None:
    box = evidence_of(runner, lone(write(tmp_path, "fine", on_import("")), "Hostile")).box
    listed = [*box.active, *(phrase.partition(":")[0] for phrase in box.inactive)]
    assert len(set(listed)) == len(listed)
    assert {
        "wall-clock limit 120 s, 360 s in all",
        "address-space limit 8 GiB",
        "environment scrubbed",
    } <= set(box.active)
    assert all(": " in phrase for phrase in box.inactive)


SCRIPT = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from optreview.evidence.dynamic.client import Job, Runner
from tests.dynamic.conftest import lone
with Runner(device="cpu") as runner:
    print(runner.process_id, runner.folder, flush=True)
    job = Job(target=lone(Path({path!r}), "Hostile"))
    runner.measure(job, on_phase=lambda phase: print(phase, flush=True))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_survives_the_caller(tmp_path: Path, how: signal.Signals) -> None:
    path = write(tmp_path, "hang", REFUSED["loops_on_import"][0])
    script = SCRIPT.format(root=str(Path(__file__).parents[2]), path=str(path))
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as caller:
        assert caller.stdout is not None
        process_id, _, folder = caller.stdout.readline().strip().partition(" ")
        assert caller.stdout.readline() == "importing\n"
        template = psutil.Process(int(process_id))
        family = [template, *template.children(recursive=True)]
        assert len(family) > 1
        caller.send_signal(how)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    deadline = time.monotonic() + 5
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(folder).exists()
