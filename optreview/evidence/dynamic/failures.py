"""Why something could not be measured, as one or two sentences that also say what to do."""

from __future__ import annotations

import re
import signal
import socket
import traceback
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.missing import missing_package
from optreview.evidence.dynamic.reasons import reason
from optreview.evidence.dynamic.wire import IMPORTING, Problem
from optreview.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.exchange import Transcript
    from optreview.records import Target

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")
_LONGEST = 200
_NO_MEMORY = ("can't allocate memory", "cannot allocate memory", "out of memory", "not enough memory")


#: No right to it; no further process; no name server.
_DENIALS = (PermissionError, BlockingIOError, socket.gaierror)
_NO_RIGHT = re.compile(r"Permission denied|Operation not permitted")
#: What the box denies comes back as an error of the reviewed code.
DENIED = (
    "The box gives no other programs, no network, and only the files of Python, its packages and the target; "
    "--no-sandbox gives all, for code that you trust."
)


class RefusalError(Exception):
    """Nothing more can be measured, for the reason it carries."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def quoted(text: str, target: Target | None = None) -> str:
    """The first line of hostile text: no control characters, addresses or local folders, at most 200 long."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    line = _ADDRESS.sub("0x…", _CONTROL.sub(" ", lines[0])).strip() if lines else ""
    if target is not None:
        line = line.replace(target.root.rstrip("/") + "/", "")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def said(error: BaseException, target: Target | None = None) -> str:
    """An exception as ``Type: message``, fit for a sentence."""
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - a hostile __str__
        text = ""
    name = _CONTROL.sub(" ", type(error).__name__)[:80]
    if not text.strip() and isinstance(error, AssertionError):
        text = _raising_line(error)
    message = quoted(text, target)
    return f"{name}: {message}" if message else name


def _raising_line(error: BaseException) -> str:
    """The line of source that raised: all that a bare assertion says."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    return (frames[0].line or "") if frames else ""


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that the memory limit was hit."""
    return isinstance(error, MemoryError) or any(words in said(error).lower() for words in _NO_MEMORY)


def memory_limit(subject: str, limit: str, doing: str) -> Failure:
    """More memory was asked for than the box gives."""
    return Failure(
        kind="memory-limit",
        message=f"{subject}: {doing} took more than the {limit} of memory that the box allows. "
        "Raise the memory limit (--memory-limit) if the class really needs that much.",
    )


def oversized(subject: str, limit: str) -> Failure:
    """More memory was asked for than the box gives, but not on the smaller model."""
    return Failure(
        kind="oversized",
        message=f"{subject}: stepping it on the larger model took more than the {limit} of memory that the "
        "box allows; it was measured on the smaller one.",
    )


def denied(error: BaseException) -> bool:
    """Whether an exception comes down to something that the box does not permit."""
    return any(isinstance(each, _DENIALS) or _NO_RIGHT.search(said(each)) for each in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def hoard(subject: str, doing: str) -> Failure:
    """All processes together took too much."""
    return Failure(
        kind="memory-limit",
        message=f"{subject}: {doing} took more than three times the memory limit (--memory-limit), or three "
        "quarters of the machine's memory, in all its processes together.",
    )


def on_import(error: BaseException, target: Target, limit: str, *, boxed: bool) -> Failure:
    """Why the module could not be imported."""
    if isinstance(error, SystemExit):
        return Failure(
            kind="exit-on-import",
            message=f"Importing {target.module} called sys.exit(). "
            'Guard the script part of the file with `if __name__ == "__main__":`.',
        )
    missing = missing_package(error, target)
    if missing is not None:
        return missing
    if out_of_memory(error):
        return memory_limit(target.module, limit, "importing it")
    if isinstance(error, BlockingIOError):  # what fork(2) says at the limit
        return swarm(target.module, "importing it")
    advice = "Fix that, or check that the installed versions are the ones the file expects."
    if boxed and denied(error):
        advice = DENIED
    return Failure(
        kind="import-failed",
        message=f"Importing {target.module} raised {said(error, target).rstrip('.')}. {advice}",
    )


def refused(subject: str, kind: str, doing: str, text: str, *, denied: bool = False) -> Failure:
    """The optimizer raised."""
    advice = DENIED if denied else reason(text)
    return Failure(kind=kind, message=f"{subject}: {doing} raised {text.rstrip('.')}. {advice}")


def declined(doing: str, text: str) -> Failure:
    """It raised at something beyond the ordinary run, such as an option that only works with another."""
    return Failure(kind="not-driven", message=f"{doing[:1].upper()}{doing[1:]} raised {text.rstrip('.')}.")


def heavy(doing: str) -> Failure:
    """It was given up on the large model, and the rest had been measured there."""
    text = f"{doing[:1].upper()}{doing[1:]} takes so many operations that it was given up."
    return Failure(kind="not-driven", message=text)


def timeout(subject: str, phase: str, seconds: float, *, partly: bool) -> Failure:
    """The wall-clock limit was hit."""
    rest = (
        " What was measured before that stands."
        if partly
        else " Raise the time limit (--timeout) if it is only slow."
    )
    kind = "import-timeout" if phase == IMPORTING else "timeout"
    return Failure(kind=kind, message=f"{subject} did not finish {phase} within {seconds:g} s.{rest}")


def late(subject: str, phase: str, seconds: float) -> Failure:
    """One of several measurements took longer than each may."""
    return Failure(
        kind="timeout",
        message=f"{subject} did not finish {phase} within {seconds:g} s, and was ended there; the other "
        "measurements went on. Raise the time limit (--timeout) if it is only slow.",
    )


def motionless(subject: str, steps: int) -> Failure:
    """It can be stepped, and does nothing."""
    text = f"{subject} ran {steps} steps without changing a single weight. "
    hint = "Check whether it needs another way of stepping, or a non-zero learning rate."
    return Failure(kind="not-driven", message=text + hint)


def crash(subject: str, phase: str, status: int) -> Failure:
    """The process ended without saying why: a signal, or a hard exit."""
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        how = f"crashed with {name}"
    else:
        how = f"ended the whole process with status {status}"
    return Failure(
        kind="import-crash" if phase == IMPORTING else "crash",
        message=f"{subject} {how} while {phase}. Run it by hand under a debugger to see where.",
    )


def swarm(subject: str, doing: str) -> Failure:
    """It kept starting processes."""
    return Failure(
        kind="process-limit",
        message=f"{subject}: {doing} started more processes than the box allows. An optimizer needs none.",
    )


def program(subject: str, doing: str) -> Failure:
    """It started another process where it may start none."""
    return Failure(
        kind="process-limit",
        message=f"{subject}: {doing} started another program or process, and the box allows an optimizer "
        "none. If that is a compiler for kernels of its own, build them beforehand, or use --no-sandbox for "
        "code that you trust.",
    )


def forged(subject: str) -> Failure:
    """What came back was no valid report."""
    return Failure(
        kind="forged-reply",
        message=f"What came back from running {subject} is malformed or contradicts itself, so none of "
        "it is used. Reviewed code must not write to file descriptors it did not open.",
    )


def lost(subject: str) -> Failure:
    """The template process is gone."""
    return Failure(
        kind="crash",
        message=f"The measuring process itself ended while {subject} ran in it. "
        "Check that the machine has memory to spare, and that the file does not kill other processes.",
    )


def met(name: str, transcript: Transcript, *, partly: bool) -> list[Failure]:
    """What went wrong in a child: what it said of itself, then why it did not come to its end."""
    said_itself = [r.failure for r in transcript.replies if isinstance(r, Problem)]
    return said_itself + _abnormal_end(name, transcript, partly=partly)


def _abnormal_end(name: str, transcript: Transcript, *, partly: bool) -> list[Failure]:
    """Why a child did not come to its end; nothing when it did."""
    if transcript.ending == "timeout":
        return [timeout(name, transcript.phase, transcript.seconds, partly=partly)]
    if transcript.ending == "processes":
        return [swarm(name, transcript.phase)]
    if transcript.ending == "memory":
        return [hoard(name, transcript.phase)]
    if transcript.ending == "lost":
        return [lost(name)]
    if transcript.ending == "exited":
        return [crash(name, transcript.phase, transcript.status)]
    return []
