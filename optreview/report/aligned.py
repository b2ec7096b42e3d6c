"""Markdown tables whose columns line up in the source too."""

from __future__ import annotations

import itertools
import re

from rich.cells import cell_len

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r":?-+:?")


def aligned(text: str) -> str:
    """The text with every table's cells filled up to the width of their column."""
    groups = itertools.groupby(text.split("\n"), key=lambda line: line.startswith("|"))
    return "\n".join(
        line for is_table, lines in groups for line in (_table(list(lines)) if is_table else lines)
    )


def _table(lines: list[str]) -> list[str]:
    rows = [[cell.strip() for cell in _BAR.split(line)[1:-1]] for line in lines]
    columns = list(itertools.zip_longest(*rows, fillvalue=""))
    widths = [max(3, *(cell_len(cell) for cell in column)) for column in columns]
    right = [any(cell.endswith("-:") for cell in column) for column in columns]
    return [f"| {' | '.join(map(_filled, row, widths, right))} |" for row in rows]


def _filled(cell: str, width: int, right: bool) -> str:
    if _RULE.fullmatch(cell):
        return "-" * (width - 1) + ":" if right else "-" * width
    room = " " * (width - cell_len(cell))
    return room + cell if right else cell + room
