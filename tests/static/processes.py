"""Checks in a process of their own, and the processes that a check has started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


def apart(function: Callable[[], None], here: Path = ROOT) -> None:
    """Run a function of this file in a process that has one thread, as the command line has."""
    code = f"from {function.__module__} import {function.__name__} as each; each()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
    )
    assert done.returncode == 0, done.stderr


def children() -> list[psutil.Process]:
    return list(psutil.Process().children(recursive=True))
