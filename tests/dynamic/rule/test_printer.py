"""The printer of update rules: what it writes reads back as the same rule, with no parenthesis too many."""

import math
import random
from functools import partial

import pytest

from optreview.evidence.dynamic.rule.language import Rule, parse, render
from optreview.notation import syntax
from optreview.notation.faults import RuleError


@pytest.mark.parametrize(
    "text",
    [
        "p ← a - (b - c)",
        "p ← a - b - c",
        "p ← (a^b)^c",
        "p ← a^b^c",
        "p ← (-a)^2",
        "p ← -a^2",
        "p ← -(a * b)",
        "p ← -a * b",
        "p ← a / (b * c)",
        "p ← a * (b / c)",
        "p ← a @ (b @ c)",
        "p ← (a + b) @ c",
        "p ← a^(b + c)",
        "p ← a^-b",
        "p ← a - -b",
        "p ← (a < b) + (b < c)",
        "p ← (a < b) < c",
        "p ← where(not (a < b or b < c) and d, 1e-08, inf)",
        "p ← not (a and not b)",
        "p ← a or b and c",
        "p ← (a or b) and c",
        "p ← f[-1](a, a)",
        "m ← EMA[b1](g)\np ← m' + m",
    ],
)
def test_text_with_exact_parentheses_comes_back_as_it_was(text):
    assert render(parse(text)) == text


class Rules:
    """Makes random rules that hold together."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.fresh = iter(f"x{n}" for n in range(10_000))

    def expression(self, depth, new):
        draw = self.draw
        if depth == 0 or draw.random() < 0.15:
            return self.leaf(new)
        inner = partial(self.expression, depth - 1, new)
        kind = draw.randrange(12)
        if kind < 6:
            return syntax.Operation(draw.choice(("+", "-", "*", "/", "@", "^")), inner(), inner())
        if kind < 8:
            return (syntax.Negative if kind == 6 else syntax.Not)(inner())
        if kind == 8:
            return syntax.Logical(draw.choice(("and", "or")), inner(), inner())
        if kind == 9:
            return syntax.Comparison(draw.choice(("<", "<=", ">", ">=", "==", "!=")), inner(), inner())
        return self.call(inner)

    def call(self, inner):
        function, count = self.draw.choice((("sqrt", 1), ("clamp", 3), ("max", 2), ("block", 2), ("EMAs", 1)))
        return syntax.Call(function, tuple(inner() for _ in range(count)))

    def leaf(self, new):
        kind = self.draw.randrange(5)
        if kind == 0:
            return syntax.Number(self.draw.choice((0.0, 1.0, 2.0**60, 0.1, 1e-8, 1e300, 5e-324, math.inf)))
        if kind == 1:
            function, axis = self.draw.choice(("mean", "max")), self.draw.choice((0, -2))
            return syntax.Call(function, (self.leaf(new),), axis)
        if kind == 2 and new:
            return syntax.Name(self.draw.choice(sorted(new)), new=True)
        return syntax.Name(self.draw.choice(("g", "p", "t", "beta1", "β", "if_")))

    def lines(self, depth, new):
        found: list[syntax.Statement] = []
        for _ in range(self.draw.randrange(1, 5)):
            kind = self.draw.randrange(4)
            name = next(self.fresh)
            value = self.expression(self.draw.randrange(6), new)
            if kind == 0 and depth:
                then, other = (tuple(self.lines(depth - 1, set(new))) for _ in range(2))
                found.append(syntax.Branch(value, then, other if self.draw.random() < 0.5 else ()))
            elif kind == 1:
                found.append(syntax.Let(name, value))
            else:
                decay = self.expression(2, new)
                found.append(syntax.Update(name, syntax.Average(decay, value) if kind == 2 else value))
                new.add(name)
        return found


def parenthesised(text):
    """Every pair of parentheses that is not a call's, as the text without it."""
    for start, sign in enumerate(text):
        if sign == "(" and not (start and (text[start - 1].isalnum() or text[start - 1] in "_]'")):
            depth, end = 1, start
            while depth:
                end += 1
                depth += {"(": 1, ")": -1}.get(text[end], 0)
            yield text[:start] + text[start + 1 : end] + text[end + 1 :]


def test_a_printed_rule_reads_back_as_itself():
    for seed in range(300):
        rule = Rule(tuple(Rules(seed).lines(2, set())))
        printed = render(rule)
        assert parse(printed) == rule, seed
        assert render(parse(printed)) == printed, seed


def test_no_printed_parenthesis_can_be_left_out():
    tried = 0
    for seed in range(60):
        rule = Rule((syntax.Update("p", Rules(seed).expression(4, set())),))
        for shorter in parenthesised(render(rule)):
            tried += 1
            try:
                assert parse(shorter) != rule
            except RuleError:
                continue
    assert tried > 100
