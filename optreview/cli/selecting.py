"""The options that choose rules, alike in every command that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from optreview.cli import configuration
from optreview.cli.configuration import Project
from optreview.errors import InputError
from optreview.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.records import Severity

#: What is shown of the rules that nobody selected by name.
LEAST: Severity = "warning"
_Command = TypeVar("_Command", bound="Callable[..., object]")


def _rules(_ctx: click.Context, _param: click.Parameter, value: Sequence[str]) -> frozenset[str]:
    """The ids in ``rule,other-rule``, given any number of times, each of a rule that there is."""
    names = [name for given in value for name in given.split(",") if name.strip()]
    return frozenset(configuration.rule(name) for name in names)


def rule_options(command: _Command) -> _Command:
    """Add ``--select`` and ``--ignore``, which a command passes on to ``selection``."""
    ignore = click.option(
        "--ignore",
        multiple=True,
        callback=_rules,
        metavar="RULE,...",
        help="Leave these rules out.",
    )
    select = click.option(
        "--select",
        multiple=True,
        callback=_rules,
        metavar="RULE,...",
        help="Only these rules, whatever their severity.",
    )
    return select(ignore(command))


def selection(
    project: Project | None,
    select: frozenset[str],
    ignore: frozenset[str],
    least: Severity = "info",
    *,
    doubtful: bool = True,
) -> Selection:
    """What to look for, from the command line and the project.

    Raises:
        InputError: Nothing is left to look for.
    """
    project = project or Project()
    if select and select <= ignore:
        raise InputError("Every selected rule is ignored as well; drop one of --select and --ignore.")
    return Selection(
        select=select,
        ignore=ignore,
        severities=project.severities,
        least=least,
        doubtful=doubtful,
        accepted=project.accepted,
    )
