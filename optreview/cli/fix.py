"""``optreview fix``: preview or make the edits that are shown to change nothing."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optreview.cli import terminal
from optreview.cli.limiting import limit_options, limits
from optreview.cli.selecting import rule_options, selection
from optreview.errors import InputError
from optreview.mend import mend, writing
from optreview.report import figures
from optreview.report.escaping import plain, visible
from optreview.report.patch import unified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.status import Status

    from optreview.cli.configuration import Project
    from optreview.evidence.static.mending import Fix
    from optreview.mend.outcome import Outcome, Refused
    from optreview.selection import Selection

DONE, CHANGES, NOT_SHOWN = 0, 1, 3
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_EXAMPLES = """\b
Examples:
  optreview fix path/to/adabelief.py             show what would change
  optreview fix my_optimizers --write            change it
  optreview fix my_optimizers | git apply        the same by way of git
  optreview fix my_optimizers --select data_attribute,missing_no_grad

\b
An edit is only made when the optimizer was run with and without it, in the box, with
its defaults, with every option changed, in bfloat16, with a closure and with its state
saved and loaded, and parameters, gradients, state and results had equal bits after
every step, and no run took more memory. Every class in the file is compared.

\b
Exit codes:
    0  nothing to change, or everything was written
    1  there are changes to make; with --write: some were written, others refused
    2  wrong usage, or a file that cannot be changed, such as one of another package
    3  no change could be shown to leave everything as it is
"""


@click.command("fix", epilog=_EXAMPLES)
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option("--write", "writes", is_flag=True, help="Change the files instead of showing the changes.")
@rule_options
@limit_options(120.0, "run")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
@click.pass_obj
def fix(  # noqa: PLR0913, PLR0917 - one parameter an option
    project: Project | None,
    targets: tuple[str, ...],
    writes: bool,
    select: frozenset[str],
    ignore: frozenset[str],
    timeout: float,
    memory_limit: float,
    unboxed: bool,
    quiet: bool,
) -> int:
    """Mend what a rule knows how to mend, where that is shown to change nothing else.

    Prints a diff; --write changes the files.
    """
    if not targets:
        raise InputError("Name what to fix, a TARGET; 'optreview fix --help' has examples.")
    wanted = selection(project, select, ignore)
    with _progress(quiet=quiet) as progress:
        outcome = mend(
            targets,
            progress,
            allows=lambda each: _allowed(each, wanted),
            limits=limits(timeout, memory_limit, unboxed=unboxed),
            claim=writing.claim if writes else lambda _paths: None,
        )
    if writes:
        writing.write(outcome.files)
    else:
        _show(outcome)
    if not quiet:
        _tell(outcome, written=writes)
    if writes:
        return DONE if not outcome.refused else CHANGES if outcome.fixes else NOT_SHOWN
    return CHANGES if outcome.fixes else NOT_SHOWN if outcome.refused else DONE


def _allowed(each: Fix, wanted: Selection) -> bool:
    """Whether the rule was chosen, and the project does not accept the finding."""
    return wanted.runs(each.rule) and not wanted.accepting(each.rule, Path(each.path))


# ---- progress


class _Progress:
    """Says on stderr which class is being compared."""

    def __init__(self, status: Status | None) -> None:
        self._status = status
        self._total = 0

    def total(self, classes: int) -> None:
        """So many classes will be compared."""
        self._total = classes

    def phase(self, class_name: str, phase: str) -> None:
        """A class enters a phase."""
        if self._status is not None:
            self._status.update(
                f"{figures.count(self._total, 'optimizer')} to compare; {plain(class_name)}: {plain(phase)}"
            )


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[_Progress]:
    console = terminal.console(stderr=True, quiet=quiet)
    if quiet or not console.is_terminal:
        yield _Progress(None)
        return
    with console.status("reading") as status:
        yield _Progress(status)


# ---- output


def _show(outcome: Outcome) -> None:
    """The diff: its very bytes for a program, coloured text for a person."""
    diff = b"".join(unified(Path(file.path), file.before, file.after) for file in outcome.files)
    if not sys.stdout.isatty():
        sys.stdout.flush()
        sys.stdout.buffer.write(diff)
        return
    for line in diff.decode(errors="replace").split("\n")[:-1]:
        click.secho(_printable(line), fg=_COLOURS.get(line[:1]), bold=line.startswith(("+++", "---")))


def _printable(line: str) -> str:
    """Source shown to a person: control characters other than tabs would be the source's to misuse."""
    return "\t".join(visible(part) for part in line.rstrip("\r").split("\t"))


def _tell(outcome: Outcome, *, written: bool) -> None:
    for line in _summary(outcome, written=written):
        click.echo(f"optreview: {plain(line)}", err=True)


def _summary(outcome: Outcome, *, written: bool) -> Iterator[str]:
    if not outcome.fixes and not outcome.refused:
        yield "nothing to change."
        return
    if outcome.fixes:
        rules = ", ".join(f"{rule} {count}" for rule, count in outcome.by_rule)
        done = "made" if written else "possible"
        edits, files = figures.count(len(outcome.fixes), "edit"), figures.count(len(outcome.files), "file")
        yield f"{edits} {done} in {files}: {rules}."
        settings = sum(count for _, count in outcome.equal)
        yield (
            f"{figures.count(len(outcome.equal), 'optimizer')} compared with and without them "
            f"in {figures.count(settings, 'setting')}: every bit equal."
        )
    for failing in outcome.failing:
        yield (
            f"{failing.class_name} raises {failing.error.rstrip('.')} with {failing.setting}; "
            "with the edits it runs, so there was nothing to compare."
        )
    for name, why in outcome.missing:
        yield f"{name.rpartition(':')[2]} was not compared: {why}"
    yield from _refusals(outcome.refused)
    if outcome.fixes and not written:
        yield "--write makes these edits."


def _refusals(refused: tuple[Refused, ...]) -> Iterator[str]:
    """One line for all edits of a file that are refused for the same reason."""
    by_reason: dict[tuple[str, str], list[Refused]] = {}
    for each in refused:
        by_reason.setdefault((each.fix.path, each.reason), []).append(each)
    for (path, reason), group in by_reason.items():
        lines = Counter(each.fix.rule for each in group)
        places = ", ".join(
            f"{rule} (line{'s' if count > 1 else ''} "
            + ", ".join(str(each.fix.line) for each in group if each.fix.rule == rule)
            + ")"
            for rule, count in lines.items()
        )
        yield f"not made in {Path(path).name}: {places}. {reason}"
