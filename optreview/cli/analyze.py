"""``optreview analyze``: review optimizers, print a summary, write the pages."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from optreview import plugins, registries
from optreview.cli import purposing
from optreview.cli.configuration import DEVICES
from optreview.cli.limiting import limit_options, limits
from optreview.cli.modelling import Chosen, chosen, model_options
from optreview.cli.session import Session
from optreview.cli.sharing import jobs_option
from optreview.errors import InputError
from optreview.report.voices import folders

if TYPE_CHECKING:
    from optreview.cli.configuration import Project
    from optreview.cli.progress import Device

_FORMATS = plugins.ids("optreview.report.formats")
_EXAMPLES = """\b
Targets:
  path/to/file.py         every optimizer in a file (lone, or inside a package)
  path/to/file.py:Class   one of them
  package.module:Class    by import name; nothing is imported to find it
  package:Class           a class that the package exports
  package, folder         every concrete optimizer in it

\b
Examples:
  optreview analyze path/to/adabelief.py
  optreview analyze torch.optim:AdamW torch.optim:SGD -o reviews
  optreview analyze my_optimizers --static
  optreview analyze --registry my_package.optim:OPTIMIZERS
  optreview analyze my_optimizer.py -o - > review.md
  optreview analyze --from reviews/torch/AdamW.json
"""


@click.command("analyze", epilog=_EXAMPLES)
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option(
    "-o",
    "--output",
    default="reviews",
    show_default=True,
    metavar="DIR",
    help="Folder for pages and records, or '-' to print and write nothing.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    default="markdown",
    show_default=True,
    help="What '-o -' prints.",
)
@click.option(
    "--voice",
    default=folders.PLAIN,
    show_default=True,
    metavar="NAME|FOLDER",
    help="Words of the pages: plain, playful, or a folder of your own templates.",
)
@click.option("--static", "static_only", is_flag=True, help="Read the source and run nothing.")
@click.option(
    "--from", "records", multiple=True, metavar="RECORD", help="Judge and render a saved record; run nothing."
)
@click.option(
    "--registry",
    "registry_names",
    multiple=True,
    metavar="MODULE:OBJECT",
    help="Also review what a registry holds: its module_dict, a dict or a list of classes.",
)
@model_options
@purposing.purpose_options
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to run.")
@limit_options(60.0, "measurement")
@click.option("--time", "timed", is_flag=True, help="Also time a step beside AdamW's; never the same twice.")
@click.option(
    "--train", "trained", is_flag=True, help="Also train on small tasks beside AdamW: below a minute each."
)
@jobs_option(", with --static")
@click.option("--force", is_flag=True, help="Overwrite files that optreview did not generate.")
@click.option("--dated", is_flag=True, help="Date the page; without it, same input gives same bytes.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary; errors only.")
@click.pass_context
def analyze(  # noqa: PLR0913, PLR0917 - one parameter an option
    ctx: click.Context,
    targets: tuple[str, ...],
    output: str,
    format_name: str,
    voice: str,
    static_only: bool,
    records: tuple[str, ...],
    registry_names: tuple[str, ...],
    model_names: tuple[str, ...],
    shapes: tuple[str, ...],
    usecase: str | None,
    tiers: str | None,
    tier_names: tuple[str, ...],
    style: str,
    device: Device,
    timeout: float,
    memory_limit: float,
    unboxed: bool,
    timed: bool,
    trained: bool,
    jobs: int,
    force: bool,
    dated: bool,
    quiet: bool,
) -> int:
    """Review the optimizers that TARGET names.

    Writes a page and its record for each, and prints a summary.
    """
    if bool(targets or registry_names) == bool(records):
        raise InputError(
            "Name what to review, a TARGET or --from RECORD; 'optreview analyze --help' has examples."
        )
    if registry_names and static_only:
        raise InputError("--registry imports the registry, in the box; --static runs nothing.")
    session = Session(output, format_name, voice, force=force, quiet=quiet)
    project: Project | None = ctx.obj
    changes = project.changes if project else None
    wanted = purposing.wanted(usecase)
    purpose = purposing.purpose(wanted.case if wanted else None, tiers, tier_names, style)
    if records:
        return session.render_again(records, changes, purpose)
    given = Chosen() if static_only else chosen(model_names, shapes, wanted)
    settings = session.settings(
        static_only=static_only,
        jobs=jobs,
        device=device,
        limits=limits(timeout, memory_limit, unboxed=unboxed and not static_only),
        chosen=given,
        purpose=purposing.for_model(purpose, wanted.case if wanted else None, given),
        sizes=bool(wanted or tiers or tier_names),
        timed=timed,
        trained=trained,
        registries=tuple(map(registries.named, registry_names)),
        reviewed_on=dt.datetime.now(tz=dt.UTC).date().isoformat() if dated else None,
        changes=changes,
    )
    return session.review(targets, settings)
