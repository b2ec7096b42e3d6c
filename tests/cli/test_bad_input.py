"""Bad input is one clear sentence and a documented exit code; nothing is written, nothing is left running."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.watching import PLAIN, Watched, analyze, files, until_it_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.watching import Watch

PAGE = "reviews/plain/Plain.md"
RECORD = "reviews/plain/Plain.json"


@pytest.fixture
def plain(here: Path) -> Path:
    path = here / "plain.py"
    path.write_text(PLAIN)
    return path


def refused(here: Path, *arguments: str | Path, code: int = 2) -> str:
    """The sentence of a run that must end with ``code`` and leave everything as it was."""
    before = files(here)
    done = analyze(here, *arguments)
    assert (done.code, done.stdout) == (code, ""), done
    assert files(here) == before
    assert done.left == set()
    return done.sentence()


@pytest.mark.parametrize(
    "target", ["nowhere.py", "nowhere.py:Plain", "no/such/folder", "no_such_package:Plain"]
)
def test_a_missing_path_is_named(here: Path, target: str) -> None:
    assert target.partition(":")[0] in refused(here, target)


def test_a_folder_without_python_is_named(here: Path) -> None:
    (here / "texts").mkdir()
    (here / "texts" / "notes.txt").write_text("no code")
    assert "texts" in refused(here, "texts")


def test_a_syntax_error_is_shown_with_line_and_column(here: Path) -> None:
    (here / "broken.py").write_text("import torch\n\nclass Broken(torch.optim.Optimizer:\n    pass\n")
    sentence = refused(here, "broken.py")
    assert re.search(r"broken\.py(:3:\d+|.*line 3, column \d+)", sentence), sentence


def test_a_file_without_an_optimizer_says_which_classes_it_saw(here: Path) -> None:
    (here / "shapes.py").write_text("class Square:\n    pass\n\n\nclass Circle(Square):\n    pass\n")
    sentence = refused(here, "shapes.py")
    assert "Square" in sentence
    assert "Circle" in sentence


def test_a_file_without_any_class_says_so(here: Path) -> None:
    (here / "empty.py").write_text("")
    assert "class" in refused(here, "empty.py")


def test_an_unknown_class_suggests_the_nearest(here: Path, plain: Path) -> None:
    sentence = refused(here, f"{plain.name}:Plane")
    assert re.search("(?i)Plane.*did you mean .Plain.", sentence), sentence


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("raise RuntimeError('no luck today')", "no luck today"),
        ("import sys; sys.exit(0)", "sys.exit|SystemExit"),
        ("import os; os._exit(0)", "ended|exit"),
    ],
    ids=["raises", "sys.exit", "os._exit"],
)
def test_a_module_that_cannot_be_imported_is_not_measured(
    here: Path, plain: Path, line: str, told: str
) -> None:
    plain.write_text(f"{PLAIN}\n\n{line}\n")
    sentence = refused(here, plain.name, code=3)
    assert re.search(told, sentence)
    assert "With --static, optreview reviews its source alone" in sentence


def test_a_module_that_loops_on_import_is_ended(here: Path, plain: Path) -> None:
    plain.write_text(f"{PLAIN}\n\nwhile True:\n    pass\n")
    sentence = refused(here, plain.name, "--timeout", "6", code=3)
    assert re.search("(?i)time.*With --static", sentence)
    assert analyze(here, plain.name, "--static").code == 0
    assert (here / PAGE).is_file()


def test_a_banner_on_import_is_no_obstacle(here: Path, plain: Path) -> None:
    plain.write_text(f"print('WELCOME TO PLAIN')\nimport sys\nsys.stderr.write('WELCOME TOO')\n{PLAIN}")
    done = analyze(here, plain.name)
    assert (done.code, done.left) == (0, set()), done
    assert done.started, "nothing was run"
    assert "WELCOME" not in done.stdout + done.stderr
    written = files(here)
    assert {PAGE, RECORD} <= set(written)
    assert b"WELCOME" not in written[PAGE]


def test_a_missing_package_is_named_and_the_static_review_is_still_written(here: Path, plain: Path) -> None:
    plain.write_text(f"import not_installed_here\n{PLAIN}")
    done = analyze(here, plain.name)
    assert (done.code, done.left) == (3, set()), done
    assert "Traceback" not in done.stderr
    assert "pip install not_installed_here" in done.stderr.replace("-", "_")
    page = files(here)[PAGE].decode()
    assert "pip install not_installed_here" in page.replace("\\", "").replace("-", "_")
    assert "not measured" in page.lower()
    assert RECORD in files(here)


@pytest.mark.parametrize(
    ("content", "told"),
    [(PLAIN.encode() + b"# caf\xe9\n", "UTF-8"), (PLAIN.encode() + b"\0\n", "(?i)null")],
    ids=["non-utf-8", "null bytes"],
)
def test_a_file_that_is_no_text_is_refused(here: Path, plain: Path, content: bytes, told: str) -> None:
    plain.write_bytes(content)
    sentence = refused(here, plain.name)
    assert re.search(told, sentence), sentence
    assert plain.name in sentence


def test_a_missing_output_folder_is_made(here: Path, plain: Path) -> None:
    done = analyze(here, plain.name, "--static", "-o", "deep/down")
    assert done.code == 0, done
    assert "deep/down/plain/Plain.md" in files(here)


@pytest.mark.parametrize("mode", ["--static", "--device=cpu"])
@pytest.mark.parametrize("folder", ["taken", "taken/below"])
def test_an_output_folder_that_is_a_file_is_refused(here: Path, plain: Path, folder: str, mode: str) -> None:
    (here / "taken").write_text("mine")
    assert "taken" in refused(here, plain.name, mode, "-o", folder)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that even root cannot write to")
def test_an_output_folder_that_cannot_be_written_is_refused(here: Path, plain: Path) -> None:
    assert "/proc/optreview" in refused(here, plain.name, "--static", "-o", "/proc/optreview")


def test_a_page_of_someone_else_is_never_overwritten_without_force(here: Path, plain: Path) -> None:
    page = here / PAGE
    page.parent.mkdir(parents=True)
    page.write_text("# My own notes\n")
    sentence = refused(here, plain.name, "--static")
    assert PAGE in sentence
    assert "--force" in sentence
    assert analyze(here, plain.name, "--static", "--force").code == 0
    assert "My own notes" not in page.read_text()


def test_a_record_of_someone_else_is_never_overwritten_without_force(here: Path, plain: Path) -> None:
    record = here / RECORD
    record.parent.mkdir(parents=True)
    record.write_text('{"mine": true}\n')
    assert RECORD in refused(here, plain.name, "--static")


def test_a_review_of_ours_is_replaced(here: Path, plain: Path) -> None:
    assert analyze(here, plain.name, "--static").code == 0
    first = files(here)
    assert analyze(here, plain.name, "--static").code == 0
    assert files(here) == first


def to_the_parent(watch: Watch) -> None:
    watch.process.send_signal(signal.SIGINT)


def to_the_group(watch: Watch) -> None:
    """What a terminal does."""
    os.killpg(watch.process.pid, signal.SIGINT)


def stopped(here: Path, plain: Path, stop: Callable[[Watch], None]) -> Watched:
    """Stop a run whose module never finishes importing, and check that it leaves nothing."""
    plain.write_text(f"{PLAIN}\n\nimport time\ntime.sleep(600)\n")
    before = files(here)

    def meanwhile(watch: Watch) -> None:
        until_it_runs(watch)
        stop(watch)

    done = analyze(here, plain.name, meanwhile=meanwhile, timeout=30)
    assert done.started, "nothing was running yet"
    assert files(here) == before
    assert done.left == set()
    return done


@pytest.mark.parametrize("stop", [to_the_parent, to_the_group])
def test_an_interrupt_ends_the_children_and_leaves_no_files(
    here: Path, plain: Path, stop: Callable[[Watch], None]
) -> None:
    done = stopped(here, plain, stop)
    assert (done.code, done.stderr) == (130, "optreview: interrupted\n")


def test_a_termination_ends_the_children_and_leaves_no_files(here: Path, plain: Path) -> None:
    done = stopped(here, plain, lambda watch: watch.process.terminate())
    assert (done.code, done.stderr) == (143, "")


def test_even_a_kill_leaves_no_child_behind(here: Path, plain: Path) -> None:
    assert stopped(here, plain, lambda watch: watch.process.kill()).code == -signal.SIGKILL
