"""Text of any kind is read as a rule or refused in a clean sentence; no depth that is read breaks a run."""

import random

import pytest

from optreview.evidence.dynamic.rule.language import parse, render
from optreview.notation.faults import RuleError

NAMES = ("p", "q'", "g", "é", "_", "EMA", "mean", "not", "and", "if", "else", "1", "2e9", "inf")
SIGNS = ("←", "<-", "=", "(", ")", "[", "]", ",", "+", "-", "*", "/", "^", "@", "<", "==", ":", ".", "'", "#")
WORDS = (*NAMES, *SIGNS, "\n", "\n  ", " ", "\u202e", "\x00")
CASES = "\n".join(" " * depth + "if t > 0:" for depth in range(10)) + "\n" + " " * 10


def refused(text):
    """Why the text is no rule; None where it is one."""
    try:
        parse(text)
    except RuleError as error:
        return str(error)
    return None


def test_any_text_is_read_or_refused_with_a_rule_error():
    draw = random.Random(3)
    lines = (" ".join(draw.choice(WORDS) for _ in range(draw.randrange(8))) for _ in range(3000))
    answers = [refused(f"p ← {line}") for line in lines]
    assert answers.count(None) > 20
    assert all(answer.isprintable() for answer in answers if answer)


@pytest.mark.parametrize(
    "text",
    [
        "p ← " + "sqrt(" * 98 + "g" + ")" * 98,
        "p ← " + "(" * 99 + "g" + ")" * 99,
        "p ← " + "-" * 98 + "g",
        "p ← g" + " + g" * 99,
        "p ← " + "2^" * 98 + "g",
        "\n".join(
            [
                *(" " * n + "if t > 0:" for n in range(10)),
                " " * 10 + "p ← " + "max(1, " * 98 + "g)" + ")" * 97,
            ]
        ),
    ],
    ids=("functions", "parentheses", "signs", "sums", "powers", "cases"),
)
def test_what_is_read_can_be_run_and_compared_however_deep(text):
    rule = parse(text)
    assert rule == parse(render(rule))
    assert hash(rule) == hash(parse(text))
    assert rule.run({"p": 0.0}, {"g": 1.0, "t": 1})["p"].isfinite() or "^" in text
