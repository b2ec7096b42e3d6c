"""``optreview fix`` on files of every kind, as a user runs it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from optreview.cli import fix

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

OLD = """\
import torch

class Old(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-2, weight_decay=0):
        super(Old, self).__init__(params, dict(lr=lr, weight_decay=weight_decay))

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            for p in group['params']:
                d_p = p.grad.data
                if group['weight_decay'] != 0:
                    d_p.add_(group['weight_decay'], p.data)  # decay
                p.data.add_(-group['lr'], d_p)
        return loss
"""
NEW = """\
import torch

class Old(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-2, weight_decay=0):
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group['params']:
                d_p = p.grad
                if group['weight_decay'] != 0:
                    d_p.add_(p, alpha=group['weight_decay'])  # decay
                p.add_(d_p, alpha=-group['lr'])
        return loss
"""


def tabbed(text: str) -> str:
    return text.replace("    ", "\t").replace("\n", "\r\n").removesuffix("\r\n")


def latin(text: str) -> bytes:
    return ("# -*- coding: latin-1 -*-\n# é\n" + text).encode("latin-1")


@pytest.fixture
def old(here: Path) -> Path:
    path = here / "old.py"
    path.write_text(OLD)
    return path


def test_a_preview_changes_nothing_and_applies(run: Run, here: Path, old: Path) -> None:
    link = here / "link.py"
    link.symlink_to(old)
    done = run("fix", old, link, "old.py:Old")
    assert (done.returncode, old.read_text()) == (1, OLD), done.stderr
    assert done.stdout.count("+++ b/old.py") == 1
    assert "7 edits possible in 1 file" in done.stderr
    assert "1 optimizer compared with and without them" in done.stderr
    assert "every bit equal" in done.stderr
    subprocess.run(["git", "apply"], cwd=here, input=done.stdout.encode(), check=True, capture_output=True)
    assert old.read_text() == NEW
    assert link.is_symlink()
    assert sorted(entry.name for entry in here.iterdir()) == ["link.py", "old.py"]


def test_writing_keeps_every_other_byte(run: Run, here: Path) -> None:
    windows, encoded = here / "windows.py", here / "latin.py"
    windows.write_bytes(b"\xef\xbb\xbf" + tabbed(OLD).encode())
    encoded.write_bytes(latin(OLD))
    encoded.chmod(0o600)
    done = run("fix", windows, encoded, "--write")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert windows.read_bytes() == b"\xef\xbb\xbf" + tabbed(NEW).encode()
    assert encoded.read_bytes() == latin(NEW)
    assert encoded.stat().st_mode & 0o777 == 0o600
    again = run("fix", windows, encoded, "--write")
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing to change" in again.stderr
    assert encoded.read_bytes() == latin(NEW)


def test_what_cannot_be_run_is_left_alone(run: Run, old: Path) -> None:
    text = OLD.replace("loss = None", "import time; time.sleep(99)")
    old.write_text(text)
    done = run("fix", old, "--write", "--timeout", "8")
    assert (done.returncode, old.read_text(), done.stdout) == (3, text, ""), done.stderr
    assert "did not finish" in done.stderr
    assert "Traceback" not in done.stderr


def test_rules_are_chosen_and_comments_respected(run: Run, old: Path) -> None:
    assert run("fix", old, "--select", "host_sync").returncode == 0
    text = OLD.replace(
        "(params, dict",
        "(  # optreview: ignore[super_with_arguments] the style guide says so\n            params, dict",
    )
    old.write_text(text)
    done = run("fix", old, "--select", "super-with-arguments")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing to change" in done.stderr


def test_findings_that_the_project_accepts_stay(run: Run, here: Path, old: Path) -> None:
    (here / "pyproject.toml").write_text(
        '[tool.optreview]\nselect = ["super_with_arguments"]\n'
        'ignore = [{rule = "super_with_arguments", reason = "for old Pythons", path = "old*.py"}]\n'
    )
    done = run("fix", old)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_source_shown_to_a_person_keeps_its_indentation_and_loses_its_control_signs() -> None:
    assert (
        fix._printable("+\t    p.add_(1)  # \x1b[31mred\u202e\r") == "+\t    p.add_(1)  # \\x1b[31mred\\u202e"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "TARGET"),
        (("nowhere.py",), "nowhere.py"),
        (("torch_optimizer:SGDW", "--write"), "installed package"),
        (("old.py", "--select", "super", "--ignore", "super"), "There is no rule"),
        (("old.py", "--select", "data_attribute", "--ignore", "data_attribute"), "ignored as well"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    run: Run, old: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run("fix", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
