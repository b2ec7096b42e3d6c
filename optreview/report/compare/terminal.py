"""The comparison for a person at a terminal: sentences that wrap, tables whose columns line up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from optreview.report.compare import layout
from optreview.report.compare.layout import FIGURE_COLUMNS, Grid
from optreview.report.compare.words import ABSENT, UNKNOWN
from optreview.report.escaping import plain, unmarked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, JustifyMethod, RenderableType

    from optreview.records import Comparison
    from optreview.report.compare.layout import Cell

_STYLES = {
    "passes": "green",
    "fails": "red",
    "differs by design": "yellow",
    "not compared": "yellow",
    "the same": "dim",
    UNKNOWN: "dim",
    **dict.fromkeys(ABSENT.values(), "dim"),
}


def show(comparison: Comparison, console: Console) -> None:
    """Print it."""
    for each in _parts(comparison):
        console.print(each)


def _parts(comparison: Comparison) -> Iterator[RenderableType]:
    """Lines and tables, with one empty line around each table."""
    for index, block in enumerate(layout.blocks(comparison)):
        if isinstance(block, Grid):
            yield _table(block)
            yield ""
            continue
        lines = block.strip("\n").splitlines()
        yield from map(_line, lines)
        if lines or not index:
            yield ""


def _line(line: str) -> RenderableType:
    """A line of Markdown that our own templates wrote, every other word in it escaped."""
    mark, _, rest = line.partition(" ")
    if mark and not mark.strip("#"):
        return Text(unmarked(rest), style="bold")
    if mark != "-":
        return Text(unmarked(line))
    item = Table.grid(padding=(0, 1, 0, 0))
    item.add_row(mark, Text(unmarked(rest)))
    return item


def _table(grid: Grid) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for index, head in enumerate(grid.heads):
        justify: JustifyMethod = "right" if grid.figures and index in FIGURE_COLUMNS else "left"
        table.add_column(Text(plain(head)), header_style="dim", justify=justify, overflow="fold")
    for row in grid.rows:
        table.add_row(*map(_cell, row))
    return table


def _cell(given: Cell) -> Text:
    text = plain(given.text)
    return Text(text, style=_STYLES.get(text, ""))
