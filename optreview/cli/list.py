"""``optreview list``: everything optreview knows by name, each kind read from where it lies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.table import Table

from optreview import plugins
from optreview.cli import terminal
from optreview.cli.suggest import unknown
from optreview.evidence.dynamic import conformance
from optreview.evidence.join import checks
from optreview.evidence.static import rules
from optreview.judgement import catalogue, criteria, options, usecase

if TYPE_CHECKING:
    from collections.abc import Callable

#: The folders of output formats, by the command that has them.
FORMATS = {
    "analyze": "optreview.report.formats",
    "check": "optreview.report.check_formats",
    "compare": "optreview.report.compare.formats",
    "lint": "optreview.report.lint_formats",
}
Rows = tuple[dict[str, str], ...]


def _rules() -> Rows:
    return tuple(
        {"id": rule.id, "severity": rule.severity, "title": rule.title} for rule in rules.everything()
    )


def _checks() -> Rows:
    return tuple(
        {"id": each.id, "severity": each.severity, "title": each.title} for each in checks.catalogue()
    )


def _probes() -> Rows:
    return tuple({"id": q.id, "care": q.care, "title": q.title} for q in conformance.catalogue())


def _criteria() -> Rows:
    return tuple(
        {"id": each.id, "dimension": each.dimension, "reads": each.reads, "title": each.title}
        for each in criteria.load()
    )


def _optimizers() -> Rows:
    return tuple(
        {"id": each.id, "name": each.name, "family": each.family, "year": str(each.year), "paper": each.paper}
        for each in catalogue.load()
    )


def _options() -> Rows:
    return tuple(
        {"id": each.id, "kind": each.kind, "title": each.title, "names": ", ".join(each.names)}
        for each in options.load()
    )


def _usecases() -> Rows:
    return tuple(
        {
            "id": case.id,
            "title": case.title,
            "model": case.model or "none",
            "optimizer": f"{case.optimizer.name}, batch {case.batch}",
            "needs": ", ".join(case.needs),
        }
        for case in map(usecase.load, usecase.names())
    )


def _tiers() -> Rows:
    return tuple(
        {
            "id": tier.id,
            "title": tier.title,
            "memory": f"{tier.gib:g} GiB of {'RAM' if tier.device == 'cpu' else 'GPU memory'}",
            "batch": str(tier.batch),
        }
        for tier in usecase.tiers()
    )


def _formats() -> Rows:
    return tuple(
        {
            "id": module.__name__.rpartition(".")[2],
            "command": command,
            "title": (module.__doc__ or "").splitlines()[0],
        }
        for command, folder in FORMATS.items()
        for module in plugins.modules(folder)
    )


KINDS: dict[str, Callable[[], Rows]] = {
    "rules": _rules,
    "checks": _checks,
    "probes": _probes,
    "criteria": _criteria,
    "optimizers": _optimizers,
    "options": _options,
    "usecases": _usecases,
    "tiers": _tiers,
    "formats": _formats,
}


@click.command("list")
@click.argument("kind", required=False)
@click.option(
    "--format",
    "style",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="A table for people, or JSON for programs.",
)
def list_(kind: str | None, style: str) -> None:
    """List what optreview knows: rules, criteria, optimizers, options, use cases, output formats and more.

    KIND is one of rules, checks, probes, criteria, optimizers, options, usecases, tiers and formats;
    without it, all are listed.
    'optreview explain ID' tells more of each but tiers and formats.
    """
    if kind is not None and kind not in KINDS:
        raise unknown("kind", kind, KINDS, f"use {', '.join(KINDS)}")
    chosen = {name: KINDS[name]() for name in KINDS if kind in (None, name)}
    if style == "json":
        click.echo(json.dumps(chosen, indent=2, ensure_ascii=False))
        return
    console = terminal.console()
    for name, rows in chosen.items():
        console.print(f"{name} ({len(rows)})", style="bold")
        console.print(_table(rows), "")


def _table(rows: Rows) -> Table:
    """The rows under the names of their fields, the id first."""
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for column in rows[0] if rows else ():
        table.add_column(column, no_wrap=column == "id", style="cyan" if column == "id" else None)
    for row in rows:
        table.add_row(*row.values())
    return table
