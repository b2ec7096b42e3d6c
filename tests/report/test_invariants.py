"""What short runs did not show is not denied: equations with a sum over elements may couple them later."""

from __future__ import annotations

import pytest

from optreview.records import Equations, EquationsProof, Invariants, ProgramProof, UpdateRule
from optreview.report.view import invariants
from tests import samples


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("p ← p - lr * g", False),
        ("p ← p - lr * max(g, 0)", False),
        ("d ← max(d, sum(g * p))\np ← p - d' * lr * sign(g)", True),
        ("if norm(g) > 1:\n    p ← p - lr * g / 2\nelse:\n    p ← p - lr * g", True),
        ("p ← p - lr * (g @ transpose(g))", True),
    ],
)
def test_an_element_alone(text: str, together: bool) -> None:
    proof = EquationsProof(verdict="proven", error=0.0, steps=20)
    measured = Invariants(scale=1.0, coupling="element", parameter="none", memory=1, first=1.0)
    equations = Equations(dimensions=2, text=text, proof=proof, invariants=measured)
    rule = UpdateRule(program=ProgramProof(verdict="proven", steps=20, agreed=20), equations=(equations,))
    found = invariants.build(samples.evidence(dynamic=samples.dynamic(rule=rule)))
    assert found is not None
    said = found.lines[1].subject
    assert said == (
        "its own in these runs, though the equations also take elements together" if together else "its own"
    )
