"""Run ``optreview analyze`` while watching which processes it starts and which files it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LISTENING = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('optreview', run_name='__main__', alter_sys=True)"
)
#: How long a child may take to disappear after its parent.
GRACE = 5.0

PLAIN = '''"""A lone file with the simplest optimizer there is."""

import torch


class Plain(torch.optim.Optimizer):
    """Gradient descent."""

    def __init__(self, params, lr=1e-3):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group["lr"])
'''


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with what is in it; empty folders appear as well."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"<folder>"
        for path in sorted(folder.rglob("*"))
    }


@dataclass
class Watched:
    """A run that has ended.

    Attributes:
        started: The processes it started, at any depth.
        left: Those of them that were still alive some seconds after it ended.
    """

    code: int
    stdout: str
    stderr: str
    started: set[psutil.Process]
    left: set[psutil.Process]

    def sentence(self) -> str:
        """The one sentence on stderr, without its prefix."""
        assert "Traceback" not in self.stderr
        lines = self.stderr.splitlines()
        assert len(lines) == 1, self.stderr
        prefix = "optreview: error: "
        assert lines[0].startswith(prefix), self.stderr
        return lines[0].removeprefix(prefix)


@dataclass
class Watch:
    """Collects the descendants of a process until it ends."""

    process: subprocess.Popen[str]
    seen: set[psutil.Process] = field(default_factory=set)

    def look(self) -> None:
        """Until the process ends, note every descendant."""
        try:
            root = psutil.Process(self.process.pid)
            while self.process.poll() is None:
                self.seen.update(root.children(recursive=True))
                time.sleep(0.02)
        except psutil.NoSuchProcess:
            return

    def alive(self) -> set[psutil.Process]:
        """The descendants still running after the grace period; zombies have ended."""
        until = time.monotonic() + GRACE
        left = self.seen
        while left and time.monotonic() < until:
            left = {each for each in left if each.is_running() and _status(each) != psutil.STATUS_ZOMBIE}
            time.sleep(0.05)
        return left


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_ZOMBIE)


def analyze(
    here: Path,
    *arguments: str | Path,
    meanwhile: Callable[[Watch], None] | None = None,
    timeout: float = 120,
) -> Watched:
    """Run ``optreview analyze`` in a folder; ``meanwhile`` acts on the run, say, by a signal."""
    process = subprocess.Popen(
        # Tests may themselves run where SIGINT is ignored, as in a shell's background job.
        [sys.executable, "-c", _LISTENING, "analyze", *map(str, arguments)],
        cwd=here,
        env={**os.environ, "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    watch = Watch(process)
    looking = threading.Thread(target=watch.look)
    looking.start()
    try:
        if meanwhile is not None:
            meanwhile(watch)
        stdout, stderr = process.communicate(timeout=timeout)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        looking.join()
    left = watch.alive()
    for each in left:
        each.kill()
    return Watched(process.returncode, stdout, stderr, watch.seen, left)


def until_it_runs(watch: Watch, patience: float = 60, settling: float = 4) -> None:
    """Wait for the run's first child, and then long enough for it to reach the reviewed code."""
    until = time.monotonic() + patience
    while not watch.seen and watch.process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    settled = time.monotonic() + settling
    while watch.process.poll() is None and time.monotonic() < settled:
        time.sleep(0.02)
