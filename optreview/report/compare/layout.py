"""A comparison in reading order: the templates' sentences as Markdown, and the tables between them.

A section's words are ``comparison/<section>.md.j2`` of the voice. Where a template prints ``table(...)``, the
table is kept for the format to draw: columns that line up on a terminal, pipes in Markdown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optreview.report import environment as environments
from optreview.report.compare import picking, words
from optreview.report.compare.pair import WORDS
from optreview.report.escaping import Markdown
from optreview.report.formats.markdown import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.records import Answer, ComparedRow, Comparison

FOLDER = "comparison"
#: Where a table stands in the text: a control character, which no text of a record keeps.
_MARK = re.compile("\x00(\\d+)\x00")


#: The columns of the two answers.
FIGURE_COLUMNS = range(1, 3)


@dataclass(frozen=True)
class Cell:
    """Text as it is, hostile until a format escapes it; ``code`` for names in source."""

    text: str
    code: bool = False


@dataclass(frozen=True)
class Grid:
    """A table that a format draws; most of its answers are ``figures``, which are set to the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: bool


class _Rows(dict[str, "tuple[ComparedRow, ...]"]):
    """Rows by table, none for a table that was left out."""

    def __missing__(self, key: str) -> tuple[ComparedRow, ...]:
        return ()


@dataclass
class _Tables:
    """Hands templates a place in the text for each table."""

    comparison: Comparison
    grids: list[Grid] = field(default_factory=list)

    def table(  # noqa: PLR0913 - one argument a choice
        self,
        rows: Iterable[ComparedRow],
        heading: str = "",
        *,
        named: bool = False,
        ids: bool = False,
        notes: bool = False,
        related: bool = True,
    ) -> Markdown:
        """A table of rows.

        Args:
            rows: What it shows.
            heading: Over the labels.
            named: Labels are names in source.
            ids: Show ids in place of labels.
            notes: Show what an answer's note says, in brackets.
            related: Show how the first answer stands to the second.
        """
        shown = tuple(rows)
        related = related and not (self.comparison.a.not_run or self.comparison.b.not_run)
        labels = [Cell(row.id, code=True) if ids else Cell(row.label, code=named) for row in shown]
        first, second = self.comparison.a.name, self.comparison.b.name
        heads = (heading, first, second, *((f"{first} is",) if related else ()))
        self.grids.append(
            Grid(
                heads=heads,
                rows=tuple(
                    _cells(row, label, notes=notes, related=related)
                    for row, label in zip(shown, labels, strict=True)
                ),
                figures=not notes and 2 * sum(row.unit not in WORDS for row in shown) > len(shown),
            )
        )
        return Markdown(f"\x00{len(self.grids) - 1}\x00")


def blocks(comparison: Comparison) -> list[str | Grid]:
    """Markdown text and tables, in turn."""
    environment = environments.create()
    drawn = _Tables(comparison)
    environment.globals.update(table=drawn.table, shown=words.answer, **picking.HELPERS)
    sections = {each.id: _Rows((t.id, t.rows) for t in each.tables) for each in comparison.sections}
    facts = {
        "comparison": comparison,
        "a": comparison.a,
        "b": comparison.b,
        "conditions": {each.id: each for each in comparison.conditions},
        "sections": sections,
    }
    pages = [
        environment.get_template(f"{FOLDER}/{name}.md.j2").render(facts, tables=tables)
        for name, tables in sections.items()
    ]
    pieces = _MARK.split(tidy("\n\n".join(pages)))
    return [drawn.grids[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces)]


def _cells(row: ComparedRow, label: Cell, *, notes: bool, related: bool) -> tuple[Cell, ...]:
    found = [label, *(_cell(row, each, notes=notes) for each in (row.a, row.b))]
    return (*found, Cell(words.relation(row))) if related else tuple(found)


def _cell(row: ComparedRow, given: Answer, *, notes: bool) -> Cell:
    text = words.answer(row, given)
    told = given.presence == "measured" and given.value
    said = f" ({given.note})" if notes and told and given.note else ""
    return Cell(f"{text}{said}", code=row.unit in {"source", "equation"} and given.presence == "measured")
