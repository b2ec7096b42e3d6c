"""The edge of the process: whatever goes wrong ends as one sentence on stderr and a documented exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

import click

from optreview.errors import OptreviewError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

TRACEBACK = "--traceback"
USAGE = 2
#: ``EX_SOFTWARE`` of sysexits.h: the fault is optreview's own.
FAULT = 70
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
#: What a shell reports for a writer whose reader went away.
PIPE_CLOSED = 141


def traceback_option() -> click.Option:
    """``--traceback`` for a command, so that it can stand before or after the command's name."""
    return click.Option(
        [TRACEBACK], is_flag=True, expose_value=False, help="Show Python's traceback of an error."
    )


def guard(command: Callable[[], object], words: Sequence[str]) -> int:
    """Run a command and return the exit code of the process.

    A command that returns a number names its exit code. ``words`` is the command line, read here for
    ``--traceback`` because parsing may be what fails.
    """
    signal.signal(signal.SIGTERM, _terminate)
    try:
        result = command()
        sys.stdout.flush()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.exceptions.NoArgsIsHelpError as nothing_asked:
        nothing_asked.show()
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("optreview: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the edge of the process
        if TRACEBACK in words:
            traceback.print_exc()
        message, code = describe(error)
        click.echo(f"optreview: error: {message}", err=True)
        return code
    return result if isinstance(result, int) else 0


def describe(error: Exception) -> tuple[str, int]:
    """The sentence and the exit code for an error."""
    if isinstance(error, OptreviewError):
        return _one_line(str(error)), error.exit_code
    if isinstance(error, click.ClickException):
        return _one_line(error.format_message()) + _where_to_look(error), USAGE
    told = _one_line(f"{type(error).__name__}: {error}").rstrip(".: ")
    return f"optreview itself failed ({told}); please report it with what {TRACEBACK} shows.", FAULT


def _where_to_look(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" See '{context.command_path} --help'." if isinstance(context, click.Context) else ""


def _one_line(text: str) -> str:
    """Collapse white space and drop control characters: a message may quote the code under review."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _terminate(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the signal's signature
    """End as an interrupted run does, so that children end and partial files go."""
    raise SystemExit(TERMINATED)


def _discard_output() -> None:
    """Keep the interpreter's last flush from failing a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
