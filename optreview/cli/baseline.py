"""``optreview baseline``: the memory of a project's optimizers in a file to commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from optreview.cli import gating, progress
from optreview.cli.limiting import limit_options, limits
from optreview.report import figures
from optreview.report.escaping import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from optreview.cli.configuration import Project
    from optreview.cli.progress import Device
    from optreview.gate.update import Updated

DONE, NOT_MEASURED = 0, 3
_EXAMPLES = """\b
Examples:
  optreview baseline update my_optimizers        measure a package, write the file
  optreview baseline update a.py:MyAdam          one class; the others stay as they are
  optreview baseline update                      the targets in [tool.optreview]
  optreview baseline update --probes --lint      also what they do, what the source shows
  optreview check my_optimizers                  compare with it

\b
The file holds, for each class by its name: bytes per parameter of every buffer, in all
and for matrices, vectors and convolutions, state outside optimizer.state, the peaks of
the first and of a later step, in each dtype and on each path, and whether state keeps
growing; with --probes what became of each probe, with --lint the lines of each rule.
Commit it; it is the same on every machine with the same torch, and an unchanged class
leaves it byte for byte as it is.

\b
Exit codes:
   0  written
   2  wrong usage, or a target or a baseline that cannot be used; nothing is written
   3  nothing could be measured, or a class that was in the baseline could not; its
      old figures stay, if they are of the same torch
"""


@click.command("baseline", epilog=_EXAMPLES)
@click.argument("action", type=click.Choice(("update",)), metavar="update")
@click.argument("targets", nargs=-1, metavar="[TARGET...]")
@gating.baseline_options
@gating.asked_options
@limit_options(60.0, "measurement")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no list of what changed.")
@click.pass_context
def baseline(  # noqa: PLR0913, PLR0917 - one parameter an option
    ctx: click.Context,
    action: str,  # noqa: ARG001 - there is one, and click has checked it
    targets: tuple[str, ...],
    baseline: Path,
    device: Device,
    uncached: bool,
    probes: bool,
    lint: bool,
    timeout: float,
    memory_limit: float,
    unboxed: bool,
    quiet: bool,
) -> int:
    """Measure what TARGET takes, or the project, and write it down.

    Lists what that adds, changes and drops. 'optreview check' compares with it.
    """
    gating.require(targets, "baseline")
    # Imported only here: the help needs neither libcst nor the client of the box.
    from optreview.gate.measuring import How  # noqa: PLC0415
    from optreview.gate.update import update  # noqa: PLC0415

    project: Project | None = ctx.obj
    how = How(
        device=device,
        limits=limits(timeout, memory_limit, unboxed=unboxed),
        exempt=project.exempt if project else (),
        cached=not uncached,
        asked=gating.asked(project, probes=probes, lint=lint),
    )
    with progress.show(lambda _: None, quiet=quiet) as watcher:
        done = update(baseline, targets, how, watcher, whole=gating.whole(ctx))
    if not quiet:
        for line in _told(done, baseline):
            click.echo(line)
    lost = {name for name, _ in done.unmeasured} & {*done.kept, *done.dropped}
    return NOT_MEASURED if lost else DONE


def _told(done: Updated, path: Path) -> Iterator[str]:
    yield from (f"added: {plain(name)}" for name in done.added)
    for name, differences in done.changed:
        yield f"changed: {plain(name)}"
        yield from (f"  {plain(each)}" for each in differences)
    yield from (f"dropped: {plain(name)}" for name in done.dropped)
    for name, why in done.unmeasured:
        stays = " Its old figures stay." if name in done.kept else ""
        yield f"not measured: {plain(name)}: {plain(why)}{stays}"
    changes = f"{len(done.added)} added, {len(done.changed)} changed, {len(done.dropped)} dropped"
    yield f"{path}: {figures.count(done.total, 'optimizer')}; {changes}."
