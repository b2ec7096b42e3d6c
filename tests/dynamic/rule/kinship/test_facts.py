"""Where weight decay stands is told by the lines in which it meets the gradient."""

from __future__ import annotations

import pytest

from optreview.evidence.dynamic.rule.kinship import facts
from optreview.evidence.dynamic.rule.kinship.subject import Subject
from optreview.evidence.dynamic.rule.language import parse


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
