"""Pairs of records, committed and made up, and what a comparison says of them."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optreview import review
from optreview.records import BehaviourCard, Response
from optreview.report import store
from optreview.report.compare import compare
from tests import samples

if TYPE_CHECKING:
    from optreview.records import ComparedRow, Comparison, Review

REVIEWS = Path(__file__).parent.parent.parent / "reviews"
RECORDS = sorted(REVIEWS.glob("*/*.json"))
PAIRS = list(itertools.combinations_with_replacement(RECORDS, 2))


@cache
def saved(path: Path) -> Review:
    return store.load(path)


def real(name: str) -> Review:
    return saved(REVIEWS / f"{name}.json")


def made(**more: Any) -> Review:
    return review.assemble(samples.evidence(**more))


def beside(a: Review, b: Review) -> Comparison:
    return compare(a, b, "0")


def row(found: Comparison, section: str, table: str, identifier: str) -> ComparedRow:
    rows = next(t.rows for s in found.sections if s.id == section for t in s.tables if t.id == table)
    return next(each for each in rows if each.id == identifier)


def every(found: Comparison) -> list[tuple[str, ComparedRow]]:
    return [(f"{s.id}.{t.id}.{r.id}", r) for s in found.sections for t in s.tables for r in t.rows]


def named(path: Path) -> str:
    return f"{path.parent.name}.{path.stem}"


def driven(lr: float | None) -> Review:
    response = (Response(scenario="spike", figure=0.5),)
    card = BehaviourCard(lr=lr, subject=response, adamw=response, sgd=response)
    return made(dynamic=samples.dynamic(behaviour=card))
