"""Two optimizers side by side on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.report.compare import layout
from optreview.report.compare.layout import FIGURE_COLUMNS, Grid
from optreview.report.escaping import cell, code, escape
from optreview.report.formats.markdown import MARKER, tidy

if TYPE_CHECKING:
    from optreview.records import Comparison
    from optreview.report.compare.layout import Cell

_NOTICE = "`optreview compare` writes this page again."


def render(comparison: Comparison) -> str:
    """The page, ending in one newline."""
    parts = map(_part, layout.blocks(comparison))
    return tidy(f"{MARKER} {_NOTICE} -->\n" + "".join(parts))


def _part(block: str | Grid) -> str:
    return _table(block) if isinstance(block, Grid) else block


def _table(grid: Grid) -> str:
    heads: list[str] = [cell(each) for each in grid.heads]
    rule = ["---:" if grid.figures and index in FIGURE_COLUMNS else "---" for index in range(len(heads))]
    lines: list[list[str]] = [heads, rule, *([_cell(each) for each in row] for row in grid.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(given: Cell) -> str:
    return cell(code(given.text) if given.code else escape(given.text))
