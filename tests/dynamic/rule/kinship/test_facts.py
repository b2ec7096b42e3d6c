"""Where weight decay stands is told by the lines in which it meets the gradient."""

from __future__ import annotations

import pytest
from msgspec import structs

from optreview.evidence.dynamic.rule.kinship import facts
from optreview.evidence.dynamic.rule.kinship.kin import kin
from optreview.evidence.dynamic.rule.kinship.subject import Subject
from optreview.evidence.dynamic.rule.language import parse
from optreview.judgement import catalogue
from optreview.records import ProgramProof, UpdateRule


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("m ← EMA[beta](g + weight_decay * p)\np ← p - lr * m'", "is added to the gradient"),
        ("d = g + weight_decay * p\nm ← EMA[beta](d)\np ← p - lr * m'", "is added to the gradient"),
        ("m ← EMA[beta](g)\np ← (1 - lr * weight_decay) * p - lr * m'", "is taken from the parameters"),
        # a state entry that is made of the parameters is no gradient
        (
            "m ← EMA[beta](g)\nq = (1 - lr * weight_decay) * p\nsize ← norm(q)\np ← q - lr * size' * m'",
            "is taken from the parameters",
        ),
        (
            "m ← EMA[beta](g)\nslow ← EMA[beta](p - lr * weight_decay * p - lr * m')\np ← slow'",
            "is taken from the parameters",
        ),
        ("m ← EMA[beta](g)\np ← p - lr * m'", "has no place"),
    ],
)
def test_weight_decay(text: str, said: str) -> None:
    values = {"beta": 0.9, "lr": 0.1, "weight_decay": 0.1}
    subject = Subject(
        rule=parse(text), values=values, arguments={name: name for name in values}, initial={}, proven=True
    )
    assert facts.weight_decay(subject) == said


ROOTED = """
m ← EMA[beta1](g + weight_decay * p)
v ← EMA[beta2]((g + weight_decay * p)^2)
p ← p - lr * sqrt(1 - beta2^t) / (1 - beta1^t) * m' / (sqrt(v' + 1e-15) + eps)
"""


def test_a_number_against_division_by_zero_switches_no_bound_off() -> None:
    """AdaBound's bounds at such numbers bind nothing, which makes it no other name of Adam."""
    (known,) = [each for each in catalogue.known_rules("") if each.entry == "adabound"]
    (adam,) = [each for each in catalogue.known_rules("") if each.entry == "adam"]
    made = structs.replace(adam.equations[0], text=ROOTED.strip(), roles=())
    rule = UpdateRule(program=ProgramProof(verdict="proven", steps=20, agreed=20), equations=(made,))
    (found,) = kin(rule, (known,))
    assert found.verdict != "same"
