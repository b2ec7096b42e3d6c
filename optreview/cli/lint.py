"""``optreview lint``: run the rules over optimizers, fast enough for every commit; nothing is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from optreview import linting
from optreview.cli import outputs, progress, terminal
from optreview.cli.selecting import LEAST, rule_options, selection
from optreview.cli.sharing import jobs_option
from optreview.errors import InputError
from optreview.report import lint_terminal
from optreview.report.lint_formats import text
from optreview.selection import SEVERITIES, reaches

if TYPE_CHECKING:
    from optreview.cli.configuration import Project
    from optreview.cli.outputs import Output
    from optreview.records import Lint, Severity

FORMATS = "optreview.report.lint_formats"
CLEAN, FINDINGS, UNREAD, FAULT = 0, 1, 2, 70
_EXAMPLES = """\b
Targets are those of 'optreview analyze': files, folders, modules and classes in them.
A file without an optimizer is passed over.

\b
Examples:
  optreview lint my_optimizers                    errors and warnings
  optreview lint my_optimizers --all              also notes, and what is only possible
  optreview lint a.py b.py --select host_sync     one rule
  optreview lint --format sarif=out.sarif --format github
  optreview lint torch.optim --statistics

\b
To keep a finding, say why on its line, or alone above it:
  loss = float(closure())  # optreview: ignore[host_sync] the line search needs it
or for whole files with 'ignore' in [tool.optreview].

\b
Exit codes:
   0  nothing at or above --fail-on
   1  findings
   2  wrong usage, or a file that cannot be read; the others are still linted
  70  a fault in optreview itself
"""


@click.command("lint", epilog=_EXAMPLES)
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@rule_options
@click.option(
    "--all", "everything", is_flag=True, help="Also show notes, and findings that are only possible."
)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="warning",
    show_default=True,
    help="The lowest severity that gives exit code 1.",
)
@outputs.output_options(FORMATS, "text")
@click.option("--statistics", is_flag=True, help="Print how often each rule was hit, in place of the text.")
@jobs_option()
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.pass_context
def lint(  # noqa: PLR0913, PLR0917 - one parameter an option
    ctx: click.Context,
    targets: tuple[str, ...],
    select: frozenset[str],
    ignore: frozenset[str],
    everything: bool,
    fail_on: Severity,
    formats: tuple[str, ...],
    output: str | None,
    statistics: bool,
    jobs: int,
    quiet: bool,
) -> int:
    """Run the rules over the optimizers that TARGET names, or those of the project.

    Nothing is imported or run. Without a TARGET, 'targets' in [tool.optreview] says what to lint.
    """
    if not targets:
        raise InputError(
            "Name what to lint, or set targets in [tool.optreview]; 'optreview lint --help' has examples."
        )
    project: Project | None = ctx.obj
    least: Severity = "info" if everything else min(LEAST, fail_on, key=SEVERITIES.index)
    wanted = selection(project, select, ignore, least, doubtful=everything)
    asked = outputs.parse(formats, FORMATS, "text", output)
    whole = ctx.get_parameter_source("targets") is click.core.ParameterSource.DEFAULT_MAP
    with progress.late(quiet=quiet) as on_class:
        found = linting.lint(targets, wanted, whole=whole, jobs=jobs, on_class=on_class)
    for each in asked:
        _deliver(each, found, statistics=statistics)
    return _code(found, fail_on)


def _deliver(output: Output, found: Lint, *, statistics: bool) -> None:
    console = terminal.console()
    if output.format == "text" and output.path is None and console.is_terminal and not statistics:
        lint_terminal.show(found, console)
        return
    counted = output.format == "text" and statistics
    outputs.deliver(
        output, text.statistics(found) if counted else outputs.rendered(FORMATS, output.format, found)
    )


def _code(found: Lint, fail_on: Severity) -> int:
    if any(each.fault for each in found.unread):
        return FAULT
    if found.unread:
        return UNREAD
    failing = any(reaches(issue.severity, fail_on) for issue in text.open_issues(found))
    return FINDINGS if failing else CLEAN
