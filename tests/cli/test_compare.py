"""``compare`` on the command line: what a side can be, where the output goes, and the exit codes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Run

REVIEWS = Path(__file__).parent.parent.parent / "reviews"
ADAMW, SGD = REVIEWS / "torch" / "AdamW.json", REVIEWS / "torch" / "SGD.json"
PLAIN = """\
import torch


class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group["lr"])
"""


def test_two_records_are_shown_with_the_answer_first(run: Run) -> None:
    done = run("compare", ADAMW, SGD)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0] == "AdamW beside SGD"
    records = [json.loads(path.read_bytes()) for path in (ADAMW, SGD)]
    mine, other = (each["evidence"]["dynamic"]["runs"][0]["operations"] for each in records)
    assert f"Operations in a step, default (for-loop) {mine} {other} more, {mine / other:.2f}×" in lines[:12]
    assert "\x1b" not in done.stdout


def test_each_format_goes_where_it_is_told(run: Run, here: Path) -> None:
    formats = ("--format", "text", "--format", "json=both.json", "--format", "markdown=both.md")
    done = run("compare", ADAMW, SGD, *formats)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("AdamW beside SGD\n")
    assert json.loads((here / "both.json").read_text())["b"]["class_name"] == "SGD"
    page = (here / "both.md").read_text()
    assert page == run("compare", ADAMW, SGD, "--format", "markdown").stdout
    assert run("compare", ADAMW, SGD, "-o", "both.txt").stdout == ""
    assert (here / "both.txt").read_text().startswith("AdamW beside SGD\n")


def test_what_is_compared_is_not_written_over(run: Run, here: Path) -> None:
    mine = here / "mine.json"
    mine.write_bytes(SGD.read_bytes())
    done = run("compare", "mine.json", ADAMW, "--format", "json", "-o", "./mine.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("optreview: error: mine.json is one of the two")
    assert mine.read_bytes() == SGD.read_bytes()


@pytest.mark.parametrize(
    ("side", "sentence"),
    [
        ("none.json", "The record none.json cannot be read: No such file or directory."),
        ("other.json", "other.json is not a review record"),
        ("damaged.json", "The record damaged.json is damaged"),
        ("both.json", "both.json is not a review record: it was made by another command"),
        ("future.json", "has schema version 9.0.0"),
        ("none.py", "There is no file or folder none.py"),
        ("empty.py", "empty.py defines no class"),
        ("two.py", "two.py holds 2 optimizers, Plain and Other; name one, as in two.py:Plain."),
        ("two.py:Third", "Third"),
    ],
)
def test_a_side_that_cannot_be_used_is_one_sentence(run: Run, here: Path, side: str, sentence: str) -> None:
    record = json.loads(SGD.read_bytes())
    (here / "other.json").write_text("{}")
    (here / "damaged.json").write_text(json.dumps({**record, "judged": 3}))
    (here / "future.json").write_text(json.dumps({**record, "schema_version": "9.0.0"}))
    (here / "both.json").write_text(json.dumps({k: v for k, v in record.items() if k != "evidence"}))
    (here / "empty.py").write_text("")
    (here / "two.py").write_text(PLAIN + PLAIN.split("\n\n\n")[1].replace("Plain", "Other"))
    for sides in ((side, SGD), (SGD, side)):
        done = run("compare", *sides)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("optreview: error: ")
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1


def test_one_side_is_not_enough(run: Run) -> None:
    done = run("compare", SGD)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Missing argument 'B'. See 'optreview compare --help'." in done.stderr


def test_without_running_the_sources_are_compared(run: Run, here: Path) -> None:
    (here / "plain.py").write_text(PLAIN)
    done = run("compare", "plain.py", SGD, "--static")
    assert (done.returncode, done.stderr) == (0, "")
    assert "- Plain: plain:Plain. Not run: --static was given." in done.stdout
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "State per parameter, float32 not measured none" in lines


@pytest.mark.parametrize("sides", [("broken.py", str(SGD)), (str(SGD), "broken.py")], ids=["first", "second"])
def test_what_cannot_be_run_leaves_the_other_one_s_figures(
    run: Run, here: Path, sides: tuple[str, str]
) -> None:
    (here / "broken.py").write_text(PLAIN.replace("import torch\n", "import torch\n\n1 / 0\n", 1))
    done = run("compare", *sides, "--model", "none", "--format", "json")
    assert (done.returncode, done.stderr) == (3, "")
    found = json.loads(done.stdout)
    broken, other = ("a", "b") if sides[0] == "broken.py" else ("b", "a")
    assert "ZeroDivisionError" in found[broken]["not_run"]["message"]
    assert found[other]["not_run"] is None
    figures = found["sections"][0]["tables"][0]["rows"]
    assert {row[broken]["presence"] for row in figures} == {"not-measured"}
    assert {row[other]["presence"] for row in figures} == {"measured"}


def test_records_are_compared_without_torch() -> None:
    source = (
        "import sys\n"
        "from optreview.cli import main\n"
        "try:\n"
        f"    main(['compare', {str(ADAMW)!r}, {str(SGD)!r}, '--format', 'json'])\n"
        "finally:\n"
        "    print('imported:', 'torch' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.endswith("imported: False\n"), done.stderr


def on_a_terminal(*arguments: str, lines: int, **environment: str) -> str:
    """What reaches a terminal, with ``cat`` as the pager that says so."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "optreview", *arguments],
        env={
            **os.environ,
            "TERM": "xterm",
            "COLUMNS": "100",
            "LINES": str(lines),
            "PAGER": "sed s/^/paged:/",
            **environment,
        },
        stdin=child,
        stdout=child,
        stderr=child,
    )
    os.close(child)
    said = b""
    while True:
        try:
            chunk = os.read(parent, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not chunk:
            break
        said += chunk
    os.close(parent)
    assert process.wait(timeout=60) == 0
    return said.decode()


def test_a_person_sees_the_answer_first_however_long_the_rest_is() -> None:
    paged = on_a_terminal("compare", str(ADAMW), str(SGD), lines=30)
    assert "paged:" in paged
    whole = on_a_terminal("compare", str(ADAMW), str(SGD), lines=1000)
    assert "paged:" not in whole
    assert "\x1b[" in whole


def test_colour_is_not_forced_on_who_wants_none() -> None:
    plain = on_a_terminal("compare", str(ADAMW), str(SGD), lines=1000, NO_COLOR="1")
    assert "\x1b[3" not in plain
