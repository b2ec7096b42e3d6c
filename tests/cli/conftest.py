"""Running the installed command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from pathlib import Path


class Run(Protocol):
    """``run("list", "rules")`` in an empty folder."""

    def __call__(
        self, *arguments: str | Path, timeout: float = 120, **environment: str
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The empty folder that commands run in."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def run(here: Path) -> Run:
    def run(
        *arguments: str | Path, timeout: float = 120, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "optreview", *map(str, arguments)],
            cwd=here,
            env={**os.environ, "COLUMNS": "80", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    return run
