"""The language of update rules: what it reads, what it refuses, what it computes and how it is printed."""

import math

import pytest
import torch

from optreview.evidence.dynamic.rule.language import Rule, parse
from optreview.notation import syntax
from optreview.notation.faults import RuleError


def evaluate(text, **values):
    found = parse(f"p ← {text}").run({"p": 0.0}, values)["p"]
    return found.tolist()


X = torch.tensor([[1.0, -2.0, 3.0], [4.0, 0.5, -6.0]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4", 14),
        ("2 - 3 - 4", -5),
        ("2 / 4 / 8", 0.0625),
        ("2^3^2", 512),
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("-2 * -3", 6),
        ("2^-1 * 4", 2),
        ("--3", 3),
        ("1 - -2", 3),
        ("where(1 < 2 and not 3 == 4, 5, 6)", 5),
        ("where(not 1 < 2 or 2 >= 3, 5, 6)", 6),
        ("(1 < 2) + 1", 2),
        ("max(1, 3, 2)", 3),
        ("min(1, 3, 2)", 1),
        ("min(inf, 7)", 7),
        ("clamp(7, 0, 5)", 5),
        ("mod(7, 4) + floor(2.5)", 5),
        ("sqrt(16) + abs(-2) + sign(-3) + exp(0) + log(1)", 6),
        ("sin(0) + cos(0) + tanh(0) + atan(0) + atan2(0, 1)", 1),
        (".5 + 5e-1 + 1.", 2),
    ],
)
def test_numbers(text, expected):
    assert evaluate(text) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(x)", X.sum()),
        ("mean(x)", X.mean()),
        ("norm(x)", X.norm()),
        ("mean[0](x)", X.mean(0, keepdim=True)),
        ("sum[-1](x)", X.sum(1, keepdim=True)),
        ("norm[1](x)", X.norm(dim=1, keepdim=True)),
        ("max[0](x)", X.amax(0, keepdim=True)),
        ("min[-1](abs(x))", X.abs().amin(1, keepdim=True)),
        ("size(x)", torch.tensor(6.0)),
        ("size[-1](x)", torch.tensor(3.0)),
        ("x @ transpose(x)", X @ X.T),
        ("outer(mean[1](x), mean[0](x))", torch.outer(X.mean(1), X.mean(0))),
        ("max(x, 0) + min(x, 0)", X),
        ("where(x > 0 and x < 4, x, 0)", X * ((X > 0) & (X < 4))),
        ("mean(x > 0)", (X > 0).float().mean()),
    ],
)
def test_tensors(text, expected):
    assert torch.allclose(torch.tensor(evaluate(text, x=X)), expected)


def test_lines_see_old_and_new_values_in_order():
    rule = parse("a = m + 1\nm ← 2 * a\nd = m' - m\nif d > 1:\n    p ← p + d\nelse:\n    q ← 7")
    after = rule.run({"m": 3.0, "p": torch.zeros(2), "q": 1.0, "kept": 5}, {})
    assert {name: value.tolist() for name, value in after.items()} == {
        "m": 8.0,
        "p": [5.0, 5.0],
        "q": 1.0,
        "kept": 5.0,
    }
    assert rule.run({"m": -3.0, "p": 0.0, "q": 1.0}, {})["q"] == 7
    assert all(value.dtype == torch.float64 for value in after.values())


def test_a_state_entry_that_one_case_leaves_alone_keeps_its_value():
    rule = parse("if t > 1:\n  m ← 5\nelse:\n  if t > 0:\n    s ← 1\nq = m'\np ← q")
    assert [rule.run({"m": 2.0, "p": 0.0, "s": 0.0}, {"t": t})["p"] for t in (1, 2)] == [2, 5]


def test_blocks_are_the_callers():
    rule = parse("p ← p - lr * orthogonalize(g, 2)")
    assert rule.names.blocks == {"orthogonalize"}
    values: dict[str, torch.Tensor | float] = {"lr": 0.5, "g": torch.eye(2)}
    after = rule.run({"p": torch.zeros(2, 2)}, values, {"orthogonalize": lambda x, n: x * n})
    assert after["p"].tolist() == [[-1, 0], [0, -1]]
    with pytest.raises(RuleError, match=r"line 1, column 14: 'orthogonalize' is no function"):
        rule.run({"p": torch.zeros(2, 2)}, values)


def test_names_say_what_the_caller_brings():
    found = parse("m ← EMA[beta](g)\nhat = m' / (1 - beta^t)\np ← p - lr * hat").names
    assert found.state == {"m", "p"}
    assert found.lets == {"hat"}
    assert found.read == {"g", "t", "lr", "beta"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("p ← 1 +", "line 1, column 8: A number, a name or a parenthesis"),
        ("a = 1\np ← a b", "line 2, column 7: The line could end here"),
        ("p ← (1", "line 1, column 7: '\\)' has to stand here"),
        ("p ← p'", "line 1, column 5: p' is read, but no earlier line"),
        ("p ← x'\nx ← 1", "line 1, column 5: x' is read"),
        ("p ← x\nx = 1", "line 1, column 5: 'x' is read before"),
        ("if t == 1:\n  x = 1\np ← x", "line 3, column 5: 'x' is read before"),
        ("p ← 1\np ← 2", "line 2: 'p' is assigned a second time"),
        ("if t == 1:\n  p ← 1\np ← 2", "line 3: 'p' is assigned a second time"),
        ("a ← 1\na = 2", "'a' is assigned with ← and with ="),
        ("g ← 1", "line 1, column 1: 'g' cannot be assigned"),
        ("t = 1", "'t' cannot be assigned"),
        ("p = 1", "'p' cannot be assigned"),
        ("inf = 1", "line 1, column 1: A line begins with"),
        ("p < - 1", "line 1, column 3: After 'p' comes"),
        ("p ← a < b < c", "line 1, column 11: Comparisons are not chained"),
        ("p ← 1 + not a", "line 1, column 9: A number, a name"),
        ("p ← 2 * EMA[b](g)", "line 1, column 9: EMA stands only"),
        ("p ← EMA[b](g) + 1", "line 1, column 15: The line could end here"),
        ("p ← mean[x](g)", "line 1, column 10: An axis is a whole number"),
        ("p ← sqrt[0](g)", "line 1, column 5: sqrt takes no axis"),
        ("p ← sqrt(1, 2)", "sqrt takes 1 argument, not 2"),
        ("p ← max[0](1, 2)", "max along an axis takes one argument"),
        ("p ← f()", "line 1, column 7: A number"),
        ("p ← $", "line 1, column 5: '\\$' is no part of the language"),
        ("p\t← 1", "line 1, column 2: '\\\\t' is no part"),
        ("p ← 1\n  q = 2", "line 2, column 3: The indentation fits no line"),
        ("if a:\nb = 1", "line 1, column 6: An indented line has to follow"),
        ("else:\n  a = 1", "line 1, column 1: else has no if"),
        ("if a:\n    b = 1\n  c = 1", "line 3, column 3: The indentation"),
        ("p ← " + "(" * 1000, "nested more than 100 deep"),
        ("p ← " + "-" * 1000 + "1", "nested more than 100 deep"),
        ("p ← 1" + " + 1" * 1000, "more than 100 deep"),
        ("p ← " + "2^" * 1000 + "1", "nested more than 100 deep"),
        ("\n".join(" " * n + "if a:" for n in range(20)), "nested more than 10 deep"),
        ("p ← 1" + " " * 100_000, "at most 100000 characters"),
        ("p ← __import__('os')", "line 1, column 16: A number"),
        ("p ← g.data", "line 1, column 6: '.' is no part"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, fault):
    with pytest.raises(RuleError, match=fault):
        parse(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("p ← a", "line 1, column 5: 'a' has no value"),
        ("p ← x @ x", "line 1: mat1 and mat2|line 1: .*shapes"),
        ("a = 1\np ← x + y", "line 2: The size of tensor"),
        ("p ← where(1, 2, 3)", "A condition has to stand here"),
        ("p ← not 1", "A condition has to stand here"),
        ("if x > 0:\n  p ← 1", "line 1: The condition of an if"),
        ("if 1:\n  p ← 1", "line 1: The condition of an if"),
        ("p ← mean[7](x)", "line 1: Dimension out of range"),
        ("p ← block(x)", "line 1, column 5: 'block' is no function"),
        ("if x[0](x):\n  p ← 1", "'x' is no function"),
    ],
)
def test_what_cannot_be_computed_is_said_with_its_line(text, fault):
    with pytest.raises(RuleError, match=fault):
        parse(text).run({"p": 0.0}, {"x": X, "y": torch.ones(5)})


def test_no_name_is_both_state_and_value():
    with pytest.raises(RuleError, match="'p' is given as state and as a value"):
        parse("p ← 1").run({"p": 0.0}, {"p": 0.0})


def test_a_negative_number_is_written_with_a_minus():
    for value in (-1.0, -0.0, math.nan):
        with pytest.raises(ValueError, match="write a minus before it"):
            syntax.Number(value)


def test_comments_spaces_and_the_other_arrow():
    text = "# Adam\n\n  m<-EMA [b] ( g )#mean\r\n  p  ← p-m'  \n"
    assert parse(text) == parse("m ← EMA[b](g)\np ← p - m'")
    assert parse("") == Rule(())
