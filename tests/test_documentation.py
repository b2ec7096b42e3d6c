"""The documents say what the program says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import optreview
from optreview import resources
from optreview.cli import boundary, configuration
from optreview.errors import InputError, MeasurementError

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["analyze", "baseline", "check", "compare", "lint"])
def test_the_readme_shows_the_real_help(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "optreview", command, "--help"],
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"```text\n{done.stdout}```\n" in README, f"paste what 'optreview {command} --help' prints"


@pytest.mark.parametrize("document", [README, ARCHITECTURE], ids=["README", "ARCHITECTURE"])
def test_the_exit_codes_are_those_of_the_program(document: str) -> None:
    listed = set(re.findall(r"\d+", " ".join(re.findall(r"^\| ([\d, ]+) \|", document, re.MULTILINE))))
    codes = {InputError.exit_code, MeasurementError.exit_code, boundary.FAULT, boundary.INTERRUPTED, 0, 1}
    assert {str(code) for code in codes} <= listed
    assert listed <= {str(code) for code in codes | {boundary.TERMINATED, boundary.PIPE_CLOSED}}


def test_the_readme_shows_every_key_of_the_configuration() -> None:
    (block,) = re.findall(r"^```toml\n\[tool\.optreview\]\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert sorted(re.findall(r"^(\w+) =", block, re.MULTILINE)) == sorted(configuration.KEYS)


def installed(place: str) -> Path:
    """Where a place of the documents is, in a checkout or in an installation."""
    homes = {
        "optreview": Path(optreview.__file__).parent,
        "rubrics": resources.rubrics(),
        "templates": resources.templates(),
    }
    top, _, rest = place.partition("/")
    return homes.get(top, ROOT / top) / rest


def test_every_place_the_architecture_names_exists() -> None:
    places = re.findall(r"`([\w./]+/[\w./]*)`", ARCHITECTURE)
    assert places
    assert [each for each in places if not installed(each).exists()] == []
