"""``optreview check``: what is worse than the baseline, or over a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from optreview.cli import calibrating, gating, outputs, progress, step_summary
from optreview.cli.limiting import limit_options, limits

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.cli.configuration import Project
    from optreview.cli.progress import Device, Watcher
    from optreview.gate.check import Rules
    from optreview.gate.measuring import How
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
  optreview check my_optimizers --against main   no baseline: beside another revision
  optreview check my_optimizers --calibrate 5    how far unchanged code lies apart
  optreview check my_optimizers --probes --lint  also what it does, and what its source shows
  optreview check my_optimizers --format github --format sarif=out.sarif

\b
Worse is what is more by more than one percent and by more than 0.02 bytes per parameter,
in a second measurement too, made in fresh processes; 'tolerance' in [tool.optreview] sets
both. State is also compared by families of shapes (matrices, vectors, convolutions), as
what is more for one of them alone. 'budgets' there sets limits that hold whatever the
baseline says, on the models that are run or on a large one that is simulated. Another
minor version of torch, or other packages, are never called worse: they are not compared.

\b
With --probes, a probe that passed and fails is worse; no answer is not. With --lint, a
rule that finds more is worse. Both need a baseline that was made with the same option.

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
@gating.asked_options
@outputs.output_options(FORMATS, _TEXT)
@click.option(
    "--against",
    metavar="REF",
    help="Compare with this revision of the git checkout, which is measured too, in place of a baseline.",
)
@click.option(
    "--calibrate",
    type=click.IntRange(min=2),
    metavar="N",
    help="Compare with nothing: measure N times, and print how far the figures lie apart.",
)
@limit_options(60.0, "measurement")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.pass_context
def check(  # noqa: PLR0913, PLR0917 - one parameter an option
    ctx: click.Context,
    targets: tuple[str, ...],
    baseline: Path,
    device: Device,
    uncached: bool,
    probes: bool,
    lint: bool,
    against: str | None,
    calibrate: int | None,
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
    _one_of(ctx, against=against, calibrate=calibrate)
    asked = outputs.parse(formats, FORMATS, _TEXT, output)
    # Imported only here: the help needs neither libcst nor the client of the box.
    from optreview.gate.check import Rules  # noqa: PLC0415
    from optreview.gate.measuring import How  # noqa: PLC0415

    project: Project | None = ctx.obj
    rules = Rules(project.tolerance, project.budgets) if project else Rules()
    how = How(
        device=device,
        limits=limits(timeout, memory_limit, unboxed=unboxed),
        exempt=project.exempt if project else (),
        cached=not uncached,
        asked=gating.asked(project, probes=probes, lint=lint),
    )
    with progress.show(lambda _: None, quiet=quiet) as watcher:
        if calibrate is not None:
            return calibrating.run(calibrate, targets, rules.tolerance, how, watcher)
        if against is not None:
            found, known = _beside(against, targets, rules, how, watcher)
        else:
            found, known = _since(baseline, targets, rules, how, watcher, whole=gating.whole(ctx))
    for each in asked:
        outputs.deliver(each, outputs.rendered(FORMATS, each.format, found))
    if _GITHUB in {each.format for each in asked} and step_summary.wanted():
        step_summary.append(outputs.rendered(FORMATS, _SUMMARY, found))
    return _code(found, known)


def _one_of(ctx: click.Context, **asked: object) -> None:
    """Refuse two things to compare with.

    Raises:
        UsageError: Two of the options were given.
    """
    given = [name for name, value in asked.items() if value is not None]
    if ctx.get_parameter_source("baseline") is click.core.ParameterSource.COMMANDLINE:
        given.append("baseline")
    if len(given) > 1:
        raise click.UsageError(f"--{given[0]} and --{given[1]} cannot both be given.")


def _since(  # noqa: PLR0913 - as the pipeline
    path: Path,
    targets: tuple[str, ...],
    rules: Rules,
    how: How,
    watcher: Watcher,
    *,
    whole: bool,
) -> tuple[Check, frozenset[str]]:
    """What became of the optimizers since the baseline, and which of them are in it."""
    from optreview.gate import baseline  # noqa: PLC0415
    from optreview.gate.check import check as checked  # noqa: PLC0415

    known = baseline.load(path, " ".join(targets))
    found = checked(known, targets, rules, how, watcher, whole=whole, kept=how.cache())
    return found, frozenset(known.optimizers)


def _beside(
    revision: str, targets: tuple[str, ...], rules: Rules, how: How, watcher: Watcher
) -> tuple[Check, frozenset[str]]:
    """The same beside another revision of the checkout."""
    from optreview.gate.against import against  # noqa: PLC0415

    return against(revision, targets, rules, how, watcher)


def _code(found: Check, known: frozenset[str]) -> int:
    """What is new has no figures to fall short of; what was known has to be compared."""
    verdicts = {
        each.verdict
        for each in found.optimizers
        if each.optimizer in known or each.breaches or each.model_breaches
    }
    if "worse" in verdicts:
        return WORSE
    return NOT_COMPARED if verdicts & {"not-measured", "incomparable"} else PASSED
