"""The nearest older rule, and those that are as near."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from optreview.judgement import catalogue, novelty
from optreview.report import store

if TYPE_CHECKING:
    from optreview.records import Evidence

REVIEWS = Path(__file__).parents[2] / "reviews"


def with_distances(**distances: float) -> Evidence:
    """A record whose known rules are these alone, and as far away as this."""
    found = store.load(REVIEWS / "pytorch_optimizer" / "Yogi.json").evidence
    assert found.dynamic is not None
    assert found.dynamic.rule is not None
    first = found.dynamic.rule.kin[0]
    kin = tuple(
        msgspec.structs.replace(first, entry=entry, verdict="graded", structure=distance, behaviour=0.1)
        for entry, distance in distances.items()
    )
    rule = msgspec.structs.replace(found.dynamic.rule, kin=kin)
    return msgspec.structs.replace(found, dynamic=msgspec.structs.replace(found.dynamic, rule=rule))


def named(entry: str) -> str:
    known = catalogue.entry(entry)
    assert known is not None
    return f"{known.name} ({known.year})"


def test_rules_that_are_as_near_are_named_beside_the_nearest() -> None:
    told = novelty.measurements(with_distances(adam=0.2, rmsprop=0.2, adagrad=0.3))[0].note
    assert told == f"the nearest is {named('adam')}; as near is {named('rmsprop')}"


def test_one_that_is_farther_is_not_as_near() -> None:
    told = novelty.measurements(with_distances(adam=0.2, rmsprop=0.201))[0].note
    assert told == f"the nearest is {named('adam')}"
