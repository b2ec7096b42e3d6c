"""Criteria that have nothing to look at are not applicable, neither met nor missed."""

from __future__ import annotations

import pytest
from msgspec import structs

from optreview.judgement import ledger, wrappers
from optreview.records import Measurement
from tests import samples
from tests.static import facts_samples


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


@pytest.mark.parametrize(
    ("spec", "presence"),
    [("pytorch_optimizer:OrthoGrad", "not-applicable"), ("pytorch_optimizer:SAM", "measured")],
)
def test_a_wrapper_that_only_changes_gradients_is_not_told_to_leave_them(spec: str, presence: str) -> None:
    """SAM wraps another optimizer as well, and moves parameters itself."""
    found = structs.replace(samples.evidence(), static=facts_samples.real(spec))
    changed = Measurement(id="gradients_preserved", value=False, unit="bool", presence="measured", note="")
    assert wrappers.own_gradients(changed, found).presence == presence
    kept = structs.replace(changed, value=True)
    assert wrappers.own_gradients(kept, found) == kept
    assert wrappers.own_gradients(changed, samples.evidence()) == changed


def test_sparse_gradients_alone_ask_for_no_multi_tensor_path() -> None:
    found = samples.evidence()
    assert found.dynamic is not None
    path = Measurement(id="foreach_path", value=False, unit="bool", presence="measured", note="")
    static = structs.replace(found.static, measurements=(path,))
    for protocols, presence in (((), "measured"), (("sparse_only",), "not-applicable")):
        recipe = structs.replace(found.dynamic.recipe, protocols=protocols)
        dynamic = structs.replace(found.dynamic, recipe=recipe)
        book = ledger.open_ledger(structs.replace(found, static=static, dynamic=dynamic))
        assert book["foreach_path"].presence == presence
