"""What ``baseline`` and ``check`` have in common: what is measured, and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from optreview.cli.configuration import DEVICES, normal
from optreview.cli.selecting import LEAST, selection
from optreview.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.cli.configuration import Project
    from optreview.gate.asked import Asked

_Command = TypeVar("_Command", bound="Callable[..., object]")
FILE = "optreview-baseline.toml"


def baseline_options(command: _Command) -> _Command:
    """Add ``--baseline``, ``--device`` and ``--no-cache``."""
    file = click.option(
        "--baseline",
        type=click.Path(dir_okay=False, path_type=Path),
        default=FILE,
        show_default=True,
        metavar="FILE",
        help="Where the baseline is.",
    )
    device = click.option(
        "--device", type=click.Choice(DEVICES), default="cpu", show_default=True, help="Where to run."
    )
    cache = click.option(
        "--no-cache",
        "uncached",
        is_flag=True,
        help="Measure everything, whatever was measured before of the same sources.",
    )
    return file(device(cache(command)))


def asked_options(command: _Command) -> _Command:
    """Add ``--probes`` and ``--lint``."""
    probes = click.option(
        "--probes/--no-probes", help="Also ask the probes of behaviour, which takes longer."
    )
    lint = click.option("--lint/--no-lint", help="Also count what 'optreview lint' finds.")
    return probes(lint(command))


def asked(project: Project | None, *, probes: bool, lint: bool) -> Asked:
    """What to find out besides memory."""
    from optreview.gate.asked import Asked  # noqa: PLC0415 - the help needs none of it

    selected = project.values.get("select", ()) if project else ()
    chosen = frozenset(map(normal, selected))  # type: ignore[call-overload]  # as KEYS says
    wanted = selection(project, chosen, frozenset(), LEAST, doubtful=False) if lint else None
    return Asked.by(project.budgets if project else (), probes=probes, lint=wanted)


def require(targets: Sequence[str], command: str) -> None:
    """Refuse to guess what to measure.

    Raises:
        InputError: There is no target.
    """
    if not targets:
        raise InputError(
            "Name what to measure, or set targets in [tool.optreview]; "
            f"'optreview {command} --help' has examples."
        )


def whole(ctx: click.Context) -> bool:
    """Whether the targets are those of the project, so that what is missing from them is gone."""
    return ctx.get_parameter_source("targets") is click.core.ParameterSource.DEFAULT_MAP
