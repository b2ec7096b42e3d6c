"""Without the box only where somebody says so, with a warning that cannot be missed and a line that stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.watching import PLAIN, analyze

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

#: It does what the box denies.
WRITES = PLAIN + "\n\nimport pathlib\npathlib.Path(__file__).with_name('written').touch()\n"
WARNING = "warning: with --no-sandbox the reviewed code has all your rights"


def test_the_warning_and_the_line_on_the_page(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    (here / "plain.py").write_text(WRITES)
    boxed = analyze(here, "plain.py", "--model", "none", "--quiet")
    assert boxed.code == 3
    assert "--no-sandbox" in boxed.sentence()
    assert not (here / "written").exists()
    done = analyze(here, "plain.py", "--model", "none", "--quiet", "--no-sandbox")
    assert (done.code, done.stdout) == (0, "")
    assert done.stderr.count(WARNING) == 1
    assert (here / "written").exists()
    assert not (here / "__pycache__").exists()
    assert "**Not boxed:** this ran with `--no-sandbox`" in (here / "reviews/plain/Plain.md").read_text()
    box = json.loads((here / "reviews/plain/Plain.json").read_text())["evidence"]["dynamic"]["box"]
    assert "environment scrubbed: switched off by --no-sandbox" in box["inactive"]
    assert any(phrase.startswith("wall-clock limit") for phrase in box["active"])


def test_a_boxed_page_has_no_such_line_and_a_project_cannot_ask_for_it(here: Path) -> None:
    (here / "plain.py").write_text(PLAIN)
    done = analyze(here, "plain.py", "--model", "none")
    assert done.code == 0
    assert WARNING not in done.stderr
    assert "Not boxed" not in (here / "reviews/plain/Plain.md").read_text()
    for key in ("no_sandbox", "unboxed"):
        (here / "pyproject.toml").write_text(f"[tool.optreview]\n{key} = true\n")
        assert key in analyze(here, "plain.py").sentence()


def test_a_memory_limit_beyond_the_machine_is_said_to_be_one(here: Path) -> None:
    (here / "plain.py").write_text(PLAIN)
    beyond = analyze(here, "plain.py", "--model", "none", "--quiet", "--memory-limit", "1000000")
    assert beyond.code == 0
    assert "memory limit of 1,000,000.0 GiB is more than" in beyond.stderr
    within = analyze(here, "plain.py", "--model", "none", "--quiet", "--memory-limit", "4", "--force")
    assert (within.code, within.stderr) == (0, "")
