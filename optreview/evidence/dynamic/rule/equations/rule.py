"""A reading as a rule of the language: lines, cases, running means by their name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.equations.ways import Fork, Leaf, Reading, Tree
from optreview.evidence.dynamic.rule.equations.writing import Writer
from optreview.evidence.dynamic.rule.language import Rule
from optreview.evidence.dynamic.rule.language.syntax import Average, Branch, Let, Statement, Update

if TYPE_CHECKING:
    from optreview.evidence.dynamic.rule.equations.algebra import Formula
    from optreview.evidence.dynamic.rule.equations.simplify import Step


def rule(reading: Reading) -> Rule:
    """The rule; what all cases begin with stands before them."""
    scalars = frozenset(
        symbol for symbol, place in reading.symbols.place.items() if place not in reading.tensors
    )
    return Rule(_lines(reading.tree, Writer(scalars)))


def _lines(tree: Tree, writer: Writer) -> tuple[Statement, ...]:
    if isinstance(tree, Leaf):
        return tuple(_statement(line, tree.step, writer) for line in tree.step.lines)
    return _forked(tree, writer)


def _forked(fork: Fork, writer: Writer) -> tuple[Statement, ...]:
    then, otherwise = _lines(fork.then, writer), _lines(fork.otherwise, writer)
    common = 0
    while common < min(len(then), len(otherwise)) and then[common] == otherwise[common]:
        common += 1
    if then == otherwise:
        return then
    branch = Branch(writer.condition(fork.condition), then[common:], otherwise[common:])
    return (*then[:common], branch)


def _statement(line: tuple[Formula, Formula, bool], step: Step, writer: Writer) -> Statement:
    target, value, place = line
    name = target.name
    if not place:
        return Let(name, writer.expression(value))
    role = step.roles.get(target)
    if role is not None and role.kind == "mean" and value.has(target):
        return Update(name, Average(writer.expression(role.decay), writer.expression(role.of)))
    return Update(name, writer.expression(value, target))
