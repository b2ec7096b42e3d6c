"""Criteria that have nothing to look at are not applicable, neither met nor missed."""

from __future__ import annotations

import pytest
from msgspec import structs

from optreview.judgement import ledger
from tests import samples


@pytest.mark.parametrize("described", [True, False])
def test_no_default_is_stated_where_nothing_is_documented(described: bool) -> None:
    found = samples.evidence()
    options = tuple(
        structs.replace(each, description="Its meaning." if described else None)
        for each in found.static.hyperparameters
    )
    static = structs.replace(
        found.static, hyperparameters=options, rules=(*found.static.rules, "documented_default_differs")
    )
    book = ledger.open_ledger(structs.replace(found, static=static))
    presence = book["rule:documented_default_differs"].presence
    assert presence == ("measured" if described else "not-applicable")
