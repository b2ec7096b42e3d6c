"""``optreview compare``: two optimizers side by side, the answer first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optreview import comparing
from optreview.cli import outputs, progress, terminal
from optreview.cli.configuration import DEVICES
from optreview.cli.limiting import limit_options, limits
from optreview.cli.modelling import Chosen, chosen, model_options
from optreview.errors import InputError
from optreview.report.compare import terminal as summary
from optreview.review import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from optreview.cli.outputs import Output
    from optreview.cli.progress import Device
    from optreview.records import Comparison

FORMATS = "optreview.report.compare.formats"
COMPARED, NOT_MEASURED = 0, 3
_TEXT = "text"
_EXAMPLES = """\b
A and B are each one class, or a saved record, of which nothing is run:
  path/to/file.py         where it holds one optimizer
  path/to/file.py:Class   one of several
  package.module:Class    by import name; nothing is imported to find it
  reviews/a/Class.json    a record that 'optreview analyze' wrote

\b
Examples:
  optreview compare torch.optim:AdamW my_optimizer.py
  optreview compare reviews/torch/AdamW.json reviews/torch/SGD.json
  optreview compare reviews/torch/AdamW.json my_optimizer.py --model none
  optreview compare old.json new.json --format markdown -o change.md
  optreview compare old.json new.json --format json | jq '.sections[0]'

\b
'more, 2.00x' says that the figure of A is twice that of B. Figures that were taken
under other conditions (device, torch, model) are shown and not compared.

\b
Exit codes:
   0  compared
   2  wrong usage, or a side that cannot be used
   3  a side could not be measured; the other one's figures are still shown
"""


@click.command("compare", epilog=_EXAMPLES)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@outputs.output_options(FORMATS, _TEXT)
@click.option("--static", "static_only", is_flag=True, help="Read the source and run nothing.")
@model_options
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to run.")
@limit_options(60.0, "measurement")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def compare(  # noqa: PLR0913, PLR0917 - one parameter an option
    a: str,
    b: str,
    formats: tuple[str, ...],
    output: str | None,
    static_only: bool,
    model_names: tuple[str, ...],
    shapes: tuple[str, ...],
    device: Device,
    timeout: float,
    memory_limit: float,
    unboxed: bool,
    quiet: bool,
) -> int:
    """Show two optimizers side by side: what each keeps and takes, and what it passes.

    A target is reviewed first, as 'optreview analyze' does it.
    """
    asked = outputs.parse(formats, FORMATS, _TEXT, output)
    _spare(asked, (a, b))
    runs = not static_only and not (comparing.is_record(a) and comparing.is_record(b))
    models_wanted = chosen(model_names, shapes) if runs else Chosen()
    settings = Settings(
        static_only=static_only,
        device=device,
        limits=limits(timeout, memory_limit, unboxed=unboxed and runs),
        models=models_wanted.models,
        factories=models_wanted.factories,
    )
    with progress.show(lambda _: None, quiet=quiet) as watcher:
        found = comparing.pair(a, b, settings, watcher)
    for each in asked:
        _deliver(each, found)
    return COMPARED if comparing.measured(found) else NOT_MEASURED


def _spare(asked: tuple[Output, ...], sides: tuple[str, str]) -> None:
    """Refuse to write over what is compared."""
    inputs = {Path(each).resolve() for each in sides}
    for path in (each.path for each in asked if each.path is not None):
        if path.resolve() in inputs:
            raise InputError(f"{path} is one of the two that are compared; write to another file.")


def _deliver(output: Output, found: Comparison) -> None:
    console = terminal.console()
    if output.format == _TEXT and output.path is None:
        _show(found, console)
        return
    outputs.deliver(output, outputs.rendered(FORMATS, output.format, found))


def _show(found: Comparison, console: Console) -> None:
    """Print it; what is higher than the screen goes through the user's pager, with the answer on top."""
    with console.capture() as captured:
        summary.show(found, console)
    text = "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
    if console.is_terminal and text.count("\n") >= console.height:
        os.environ.setdefault("LESS", "FRX")  # as git has it: colours, and the text stays when it ends
        click.echo_via_pager(text)
    else:
        click.echo(text, nl=False)
