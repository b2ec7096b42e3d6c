"""Functions in a rule replaced by what they compute, or called by another name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.language import Rule, parse
from optreview.notation.syntax import Average, Branch, Call, Let, Name, Negative, Not, Number, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optreview.notation.syntax import Expression, Statement

    Change = Callable[[Call], Expression]


def substituted(rule: Rule, texts: Mapping[str, str]) -> Rule:
    """With a text of ``x`` and ``y`` in place of each of these functions."""
    meant = {name: _value(text) for name, text in texts.items()}

    def change(call: Call) -> Expression:
        if call.function not in meant:
            return call
        given = dict(zip(("x", "y"), call.arguments, strict=False))
        return _named(meant[call.function], given)

    return _changed(rule, change)


def renamed(rule: Rule, names: Mapping[str, str]) -> Rule:
    """With other names for functions."""
    return _changed(rule, lambda call: replace(call, function=names.get(call.function, call.function)))


def _value(text: str) -> Expression:
    (line,) = parse(f"out = {text}").lines
    assert isinstance(line, Let)
    return line.value


def _named(node: Expression, given: Mapping[str, Expression]) -> Expression:
    if isinstance(node, Name):
        return given.get(node.name, node)
    return _mapped(node, lambda each: _named(each, given))


def _changed(rule: Rule, change: Change) -> Rule:
    return Rule(tuple(_line(each, change) for each in rule.lines))


def _line(line: Statement, change: Change) -> Statement:
    if isinstance(line, Branch):
        return replace(
            line,
            condition=_expression(line.condition, change),
            then=tuple(_line(each, change) for each in line.then),
            otherwise=tuple(_line(each, change) for each in line.otherwise),
        )
    if isinstance(line, Update) and isinstance(line.value, Average):
        average = line.value
        value = Average(_expression(average.decay, change), _expression(average.value, change))
        return replace(line, value=value)
    assert not isinstance(line.value, Average)
    return replace(line, value=_expression(line.value, change))


def _expression(node: Expression, change: Change) -> Expression:
    found = _mapped(node, lambda each: _expression(each, change))
    return change(found) if isinstance(found, Call) else found


def _mapped(node: Expression, to: Callable[[Expression], Expression]) -> Expression:
    if isinstance(node, Number | Name):
        return node
    if isinstance(node, Call):
        return replace(node, arguments=tuple(map(to, node.arguments)))
    if isinstance(node, Negative | Not):
        return replace(node, operand=to(node.operand))
    return replace(node, left=to(node.left), right=to(node.right))
