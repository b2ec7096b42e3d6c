"""Whatever goes wrong is one sentence and an exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from optreview.cli import boundary
from optreview.errors import InputError, MeasurementError

if TYPE_CHECKING:
    from collections.abc import Callable


def raising(error: BaseException) -> Callable[[], object]:
    def command() -> object:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (InputError("There is no file."), 2, "optreview: error: There is no file.\n"),
        (MeasurementError("It timed out."), 3, "optreview: error: It timed out.\n"),
        (click.UsageError("No such thing."), 2, "optreview: error: No such thing.\n"),
        (KeyboardInterrupt(), 130, "optreview: interrupted\n"),
        (click.Abort(), 130, "optreview: interrupted\n"),
    ],
)
def test_an_error_has_its_sentence_and_code(
    error: BaseException, code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert boundary.guard(raising(error), []) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", sentence)


def test_a_fault_of_our_own_asks_for_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.guard(raising(KeyError("lr")), []) == 70
    told = capsys.readouterr().err
    assert told == (
        "optreview: error: optreview itself failed (KeyError: 'lr'); "
        "please report it with what --traceback shows.\n"
    )


def test_the_traceback_comes_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    boundary.guard(raising(InputError("No.")), ["list", boundary.TRACEBACK])
    told = capsys.readouterr().err
    assert told.startswith("Traceback (most recent call last):")
    assert told.endswith("optreview: error: No.\n")


def test_text_of_the_reviewed_code_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    boundary.guard(raising(InputError("It said\n\x1b[2Jhello\x07 there.")), [])
    assert capsys.readouterr().err == "optreview: error: It said [2Jhello there.\n"


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (1, 1), (3, 3)])
def test_a_command_names_its_exit_code(result: int | None, code: int) -> None:
    assert boundary.guard(lambda: result, []) == code


def test_a_command_that_leaves_early_keeps_its_code() -> None:
    assert boundary.guard(raising(click.exceptions.Exit(1)), []) == 1


def test_a_reader_that_goes_away_is_no_error_message() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "optreview", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.close()
    _, told = child.communicate(timeout=60)
    assert (child.returncode, told) == (141, b"")


def test_termination_leaves_as_an_interrupt_does() -> None:
    source = (
        "import os, signal, time\n"
        "from optreview.cli import boundary\n"
        "def command():\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(30)\n"
        "    finally:\n"
        "        print('cleaned up')\n"
        "raise SystemExit(boundary.guard(command, []))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=dict(os.environ),
    )
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stdout == "cleaned up\n"
