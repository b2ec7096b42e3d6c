"""Two reviews side by side: a pure function of two records, which runs nothing and imports no torch.

A section is a file of ``sections`` and a template of the same name under ``comparison`` of the voice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from optreview import plugins
from optreview.records import COMPARISON_VERSION, GENERATOR, ComparedSection, Comparison
from optreview.report.compare import conditions, naming
from optreview.report.compare.pair import Pair

if TYPE_CHECKING:
    from optreview.records import ComparedTable, Review

SECTIONS = "optreview.report.compare.sections"


class _Section(Protocol):
    PLACE: int

    def tables(self, pair: Pair) -> tuple[ComparedTable, ...]: ...


def compare(a: Review, b: Review, generator_version: str) -> Comparison:
    """Lay the two side by side. A subject that neither record has evidence for is left out."""
    found = conditions.between(a, b)
    pair = Pair(a=a, b=b, conditions=found)
    names = naming.names(a, b)
    sections = (ComparedSection(id=each, tables=_tables(module, pair)) for each, module in _sections())
    return Comparison(
        schema_version=COMPARISON_VERSION,
        generator=GENERATOR,
        generator_version=generator_version,
        a=naming.side(a, names[0]),
        b=naming.side(b, names[1]),
        conditions=found,
        sections=tuple(each for each in sections if each.tables),
    )


def _sections() -> list[tuple[str, _Section]]:
    """The sections by the name of their file, in the order of their places."""
    found = [(m.__name__.rpartition(".")[2], cast("_Section", m)) for m in plugins.modules(SECTIONS)]
    return sorted(found, key=lambda each: (each[1].PLACE, each[0]))


def _tables(section: _Section, pair: Pair) -> tuple[ComparedTable, ...]:
    return tuple(table for table in section.tables(pair) if table.rows)
