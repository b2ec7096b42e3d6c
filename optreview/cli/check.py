"""``optreview check``: what is worse than the baseline, or over a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from optreview.cli import gating, outputs, progress, step_summary
from optreview.cli.limiting import limit_options, limits

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.cli.configuration import Project
    from optreview.cli.progress import Device
    from optreview.records import Check

FORMATS = "optreview.report.check_formats"
_TEXT = "text"
#: Annotations stand beside a summary of the step, in another format.
_GITHUB, _SUMMARY = "github", "markdown"
PASSED, WORSE, NOT_COMPARED = 0, 1, 3
_EXAMPLES = """\b
Examples:
  optreview baseline update my_optimizers        first, and commit the file
  optreview check my_optimizers                  then, on every change
  optreview check                                the targets in [tool.optreview]
  optreview check my_optimizers --format json | jq '.optimizers[0]'
  optreview check my_optimizers --format github --format sarif=out.sarif

\b
Worse is what is more by more than one percent and by more than 0.02 bytes per parameter,
in a second measurement too, made in fresh processes; 'tolerance' in [tool.optreview] sets
both. 'budgets' there sets limits that hold whatever the baseline says. Another minor
version of torch, or other packages, are never called worse: they are not compared.

\b
Exit codes:
   0  nothing is worse
   1  something is worse, or over a budget
   2  wrong usage, or a target, a setting or a baseline that cannot be used
   3  there is no baseline, or something in it could not be measured or compared
"""


@click.command("check", epilog=_EXAMPLES)
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@gating.baseline_options
@outputs.output_options(FORMATS, _TEXT)
@limit_options(60.0, "measurement")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.pass_context
def check(  # noqa: PLR0913, PLR0917 - one parameter an option
    ctx: click.Context,
    targets: tuple[str, ...],
    baseline: Path,
    device: Device,
    formats: tuple[str, ...],
    output: str | None,
    timeout: float,
    memory_limit: float,
    unboxed: bool,
    quiet: bool,
) -> int:
    """Measure what TARGET takes, or the project, and fail where it is worse.

    Compares with the file that 'optreview baseline update' writes.
    """
    gating.require(targets, "check")
    asked = outputs.parse(formats, FORMATS, _TEXT, output)
    # Imported only here: the help needs neither libcst nor the client of the box.
    from optreview.gate import baseline as file  # noqa: PLC0415
    from optreview.gate.check import Rules  # noqa: PLC0415
    from optreview.gate.check import check as checked  # noqa: PLC0415
    from optreview.gate.measuring import How  # noqa: PLC0415

    project: Project | None = ctx.obj
    known = file.load(baseline, " ".join(targets))
    rules = Rules(project.tolerance, project.budgets) if project else Rules()
    how = How(
        device=device,
        limits=limits(timeout, memory_limit, unboxed=unboxed),
        exempt=project.exempt if project else (),
    )
    with progress.show(lambda _: None, quiet=quiet) as watcher:
        found = checked(known, targets, rules, how, watcher, whole=gating.whole(ctx))
    for each in asked:
        outputs.deliver(each, outputs.rendered(FORMATS, each.format, found))
    if _GITHUB in {each.format for each in asked} and step_summary.wanted():
        step_summary.append(outputs.rendered(FORMATS, _SUMMARY, found))
    return _code(found, frozenset(known.optimizers))


def _code(found: Check, known: frozenset[str]) -> int:
    """What is new has no figures to fall short of; what was known has to be compared."""
    verdicts = {each.verdict for each in found.optimizers if each.optimizer in known or each.breaches}
    if "worse" in verdicts:
        return WORSE
    return NOT_COMPARED if verdicts & {"not-measured", "incomparable"} else PASSED
