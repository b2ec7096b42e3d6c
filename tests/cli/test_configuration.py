"""A project's defaults are read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.cli import configuration
from optreview.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def write(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text)


def test_the_nearest_file_upward_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    write(tmp_path, '[tool.optreview]\ndevice = "cpu"\ntimeout = 5\nmemory_limit = 2.5\n')
    assert configuration.load(below) == {"device": "cpu", "timeout": 5, "memory_limit": 2.5}
    write(tmp_path / "a", "[project]\n")
    assert configuration.load(below) == {}


def test_a_relative_output_counts_from_its_file(tmp_path: Path) -> None:
    below = tmp_path / "a"
    below.mkdir()
    write(tmp_path, '[tool.optreview]\noutput = "pages"\n')
    assert configuration.load(below) == {"output": str(tmp_path / "pages")}
    write(tmp_path, '[tool.optreview]\noutput = "-"\n')
    assert configuration.load(below) == {"output": "-"}


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("[tool.optreview]\ntimout = 5\n", "There is no key 'timout'; did you mean 'timeout'"),
        ("[tool.optreview]\nqqq = 5\n", "'qqq'; the keys are device, memory_limit, output, timeout"),
        ('[tool.optreview]\ntimeout = "5"\n', "timeout must be a positive number of seconds, not '5'"),
        ("[tool.optreview]\ntimeout = true\n", "timeout must be a positive number of seconds, not True"),
        ('[tool.optreview]\ndevice = "tpu"\n', "device must be one of auto, cpu, cuda, not 'tpu'"),
        ("[tool.optreview]\noutput = 3\n", "output must be a folder"),
        ("[tool.optreview]\nmemory_limit = -1\n", "memory_limit must be a positive number"),
        ("[tool]\noptreview = 3\n", "must be a table"),
        ("[tool.optreview\n", "cannot be read: .*line 1"),
    ],
)
def test_what_it_cannot_be_is_said(tmp_path: Path, section: str, sentence: str) -> None:
    write(tmp_path, section)
    with pytest.raises(InputError, match=sentence):
        configuration.load(tmp_path)


def test_a_broken_section_stops_analyze_but_neither_its_help_nor_other_commands(run: Run, here: Path) -> None:
    write(here, "[tool.optreview]\ntimout = 5\n")
    done = run("analyze", "x.py")
    assert done.returncode == 2
    assert "did you mean 'timeout'?" in done.stderr
    assert run("analyze", "--help").returncode == 0
    assert run("list", "optimizers").returncode == 0
