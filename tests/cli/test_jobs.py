"""``--jobs``: what several processes print and write is what one does, and an interrupt ends all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.cli.lint.conftest import FLAWED
from tests.cli.watching import PLAIN, files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all is read in one process")

#: Enough of it for two processes.
COPIES, FILES = 24, 6


@pytest.fixture
def package(here: Path) -> Path:
    folder = here / "optimizers"
    folder.mkdir()
    for number in range(FILES):
        classes = [FLAWED.format(name=f"Norm{number}x{copy}", comment="") for copy in range(COPIES)]
        (folder / f"norm{number}.py").write_text("\n\n".join(classes))
    (folder / "broken.py").write_text("class Broken(torch.optim.Optimizer:\n    pass\n")
    return folder


def test_lint_prints_the_same(run: Run, package: Path) -> None:
    one, several = (run("lint", package.name, "--all", "--format=json", "--jobs", n) for n in ("1", "2"))
    assert (one.returncode, one.stderr) == (several.returncode, several.stderr) == (2, "")
    assert one.stdout == several.stdout
    assert one.stdout.count('"host_sync"') > COPIES * FILES


def test_analyze_writes_the_same(run: Run, here: Path, package: Path) -> None:
    one, several = (
        run("analyze", package.name, "--static", "--output", f"by{n}", "--jobs", n) for n in ("1", "2")
    )
    assert (one.returncode, one.stderr) == (several.returncode, several.stderr)
    assert one.stdout.replace("by1", "by2") == several.stdout
    pages = files(here / "by1")
    assert len(pages) > 2 * COPIES
    assert files(here / "by2") == pages


def test_a_number_of_processes_is_positive(run: Run, here: Path) -> None:
    (here / "plain.py").write_text(PLAIN)
    assert (wrong := run("lint", "plain.py", "--jobs", "0")).returncode == 2
    assert wrong.stderr.startswith(
        "optreview: error: Invalid value for '--jobs': 0 is not in the range x>=1."
    )
    (here / "pyproject.toml").write_text("[tool.optreview]\njobs = 1.5\n")
    assert (wrong := run("lint", "plain.py")).returncode == 2
    assert "tool.optreview.jobs must be a positive whole number, not 1.5" in wrong.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running(here: Path, package: Path, number: signal.Signals) -> None:
    listening = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('optreview', run_name='__main__', alter_sys=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", listening, "lint", package.name, "--jobs", "2"],
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    workers = until_there_are(2, process)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # what a terminal does
    else:
        process.send_signal(number)
    out, err = process.communicate(timeout=10)
    codes = {signal.SIGINT: (130, "optreview: interrupted\n"), signal.SIGTERM: (143, "")}
    assert (process.returncode, err) == codes.get(number, (-number, ""))
    assert out == ""
    assert psutil.wait_procs(workers, timeout=5)[1] == []


def until_there_are(count: int, process: subprocess.Popen[str]) -> list[psutil.Process]:
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        workers = list(psutil.Process(process.pid).children())
        if len(workers) == count:
            return workers
        time.sleep(0.01)
    pytest.fail("the workers did not come")
