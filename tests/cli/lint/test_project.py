"""``lint`` in a project: its configuration, and the process a hook starts."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.lint.conftest import CLEAN, MESSAGE, PLACE, PROJECT, Lint, found_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def test_the_project_says_what_to_lint_and_what_fails(lint: Lint, here: Path, norm: Path) -> None:
    (here / "pyproject.toml").write_text(f'{PROJECT}targets = ["norm.py"]\nfail_on = "error"\n')
    assert lint().code == 0
    assert MESSAGE in lint().out
    assert lint("--fail-on", "warning").code == 1
    (here / "pyproject.toml").write_text(
        f'{PROJECT}targets = ["norm.py"]\nseverity = {{host_sync = "error"}}\n'
    )
    assert lint().out.startswith(f"norm.py:{PLACE}: error host_sync ")
    (here / "pyproject.toml").write_text(f'{PROJECT}targets = ["norm.py"]\nselect = ["data-attribute"]\n')
    assert lint().code == 0
    assert lint("--select", "host_sync").code == 1


def test_targets_count_from_the_project_s_file(
    lint: Lint, here: Path, norm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").write_text(f'{PROJECT}targets = ["norm.py"]\n')
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    assert lint().code == 1


def accepted(path: str = "*", rule: str = "host_sync") -> str:
    return (
        f'{PROJECT}targets = ["norm.py"]\n\n[[tool.optreview.ignore]]\n'
        f'rule = "{rule}"\npath = "{path}"\nreason = "as published"\n'
    )


def test_the_project_accepts_findings_with_a_reason(lint: Lint, here: Path, norm: Path) -> None:
    (here / "pyproject.toml").write_text(accepted("norm.*"))
    (issue,) = found_in(lint("--format", "json"))["issues"]
    assert issue["kept"] == {"by": "project", "reason": "as published"}
    assert lint().code == 0


@pytest.mark.parametrize(("path", "rule"), [("other.py", "host_sync"), ("*", "data_attribute")])
def test_what_the_project_accepts_in_vain_is_told_when_all_of_it_was_linted(
    lint: Lint, here: Path, norm: Path, path: str, rule: str
) -> None:
    (here / "pyproject.toml").write_text(accepted(path, rule))
    told = f"pyproject.toml:7:1: warning unused_suppression The project accepts `{rule}` in `{path}`"
    assert told in lint().out
    assert "unused_suppression" not in lint(norm.name).out
    assert "unused_suppression" not in lint("--ignore", rule).out


def test_a_key_that_there_is_not_is_one_sentence(lint: Lint, here: Path, norm: Path) -> None:
    (here / "pyproject.toml").write_text(f"{PROJECT}fail-on = 'error'\n")
    done = lint(norm.name)
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'fail_on'" in done.err


def test_torch_is_never_imported(here: Path, norm: Path) -> None:
    source = (
        "import sys\nfrom optreview.cli import main\n"
        "try:\n    main(['lint', 'norm.py', '--format', 'sarif'])\n"
        "finally:\n    print({'torch', 'jinja2', 'numpy'} & set(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=here, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (1, "set()\n")


def test_the_command_line_runs_as_a_hook_runs_it(run: Run, here: Path, norm: Path) -> None:
    (here / "plain.py").write_text(CLEAN)
    done = run("lint", "norm.py", "plain.py", NO_COLOR="1")
    assert done.returncode == 1
    assert done.stdout.startswith(f"norm.py:{PLACE}: {MESSAGE}\n1 warning in 2 optimizers of 2 files.")
    assert done.stderr == ""
