"""A reading as a rule of the language: lines, cases, running means by their name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.equations.origins import Mark
from optreview.evidence.dynamic.rule.equations.ways import Fork, Leaf, Reading, Tree, asked, leaves
from optreview.evidence.dynamic.rule.equations.writing import Writer
from optreview.evidence.dynamic.rule.language import Rule
from optreview.notation.syntax import (
    PARAMETER,
    Average,
    Branch,
    Let,
    Logical,
    Name,
    Not,
    Statement,
    Update,
    everything,
    operands,
)

#: What a line that asks has in the place of a name.
KEYWORD = "if"

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.equations.algebra import Formula
    from optreview.evidence.dynamic.rule.equations.origins import Marks
    from optreview.evidence.dynamic.rule.equations.sharing import Line
    from optreview.notation.syntax import Expression


def rule(reading: Reading) -> Rule:
    """The rule; what all cases begin with stands before them."""
    return Rule(_lines(reading.tree, writer(reading), _unread(reading)))


def origins(reading: Reading, whole: Rule) -> Iterator[tuple[str, Marks]]:
    """Name and lines of the code for each line of a rule, in its order; ``if`` where it asks."""
    by = writer(reading)
    known: dict[Statement, Marks] = {}
    for step in leaves(reading.tree):
        for line in step.lines:
            statement = _statement(line, by)
            known[statement] = known.get(statement, frozenset()) | step.origins.get(line[0], frozenset())
    forks = list(_forks(reading.tree))
    for each in everything(whole.lines):
        if isinstance(each, Branch):
            asked = set(_conditions(each.condition))
            marks = (fork.origin for fork in forks if by.condition(fork.condition) in asked)
            yield KEYWORD, frozenset[Mark]().union(*marks)
        else:
            yield each.name, known.get(each, frozenset())


def _forks(tree: Tree) -> Iterator[Fork]:
    if isinstance(tree, Fork):
        yield tree
        yield from _forks(tree.then)
        yield from _forks(tree.otherwise)


def _conditions(node: Expression) -> Iterator[Expression]:
    """A condition and those that it was put together from."""
    yield node
    if isinstance(node, Logical | Not):
        for each in operands(node):
            yield from _conditions(each)


def writer(reading: Reading) -> Writer:
    """Who writes its formulas."""
    places = reading.symbols.place.items()
    return Writer(frozenset(symbol for symbol, place in places if place not in reading.tensors))


def _unread(reading: Reading) -> frozenset[Formula]:
    """Numbers that the optimizer keeps and that none of its steps looks at."""
    lines = [line for step in leaves(reading.tree) for line in step.lines]
    read = {symbol.name for _, value, _ in lines for symbol in value.free_symbols}
    read |= {symbol.name for symbol in asked(reading.tree)}
    return frozenset(
        target
        for target, value, place in lines
        if place
        and value.func.__name__ != "EMA"
        and reading.symbols.place.get(target) not in reading.tensors
        and not read & {target.name, f"{target.name}'"}
        and target.name != PARAMETER
    )


def _lines(tree: Tree, by: Writer, unread: frozenset[Formula]) -> tuple[Statement, ...]:
    if isinstance(tree, Leaf):
        lines = [each for each in tree.step.lines if not (each[2] and each[0] in unread)]
        read = {symbol.name for _, value, _ in lines for symbol in value.free_symbols}
        kept = [
            each for each in lines if not (each[2] and each[0] == each[1] and f"{each[0].name}'" not in read)
        ]
        return tuple(_statement(line, by) for line in kept)
    return _forked(tree, by, unread)


def _forked(fork: Fork, by: Writer, unread: frozenset[Formula]) -> tuple[Statement, ...]:
    then, otherwise = _lines(fork.then, by, unread), _lines(fork.otherwise, by, unread)
    if then == otherwise:
        return then
    condition = by.condition(fork.condition)
    both = {_made(each) for each in then} & {_made(each) for each in otherwise}
    known = {
        _made(each): each
        for each in (*otherwise, *then)
        if isinstance(each, Let) or (isinstance(each, Update) and _made(each) in both)
    }
    needed, waiting = set(), _reads(condition)
    while waiting:
        name = waiting.pop()
        if name in known and name not in needed:
            needed.add(name)
            waiting |= _reads(known[name].value)
    own = {_made(each) for each in everything((*then, *otherwise)) if not isinstance(each, Branch)}
    common: list[Statement] = []
    for each in (*then, *otherwise):
        if isinstance(each, Branch) or _made(each) in map(_made, common):
            continue
        shared = each in then and each in otherwise
        if (shared or _made(each) in needed) and _depends(each, own) <= {_made(line) for line in common}:
            common.append(each)
    # what is needed has one value, even where the cases write it otherwise
    told = {_made(each) for each in common}
    yes = tuple(each for each in then if isinstance(each, Branch) or _made(each) not in told)
    no = tuple(each for each in otherwise if isinstance(each, Branch) or _made(each) not in told)
    yes, no, after = _shared(yes, no)
    return (*common, _branched(condition, yes, no), *after)


def _shared(
    yes: tuple[Statement, ...], no: tuple[Statement, ...]
) -> tuple[tuple[Statement, ...], tuple[Statement, ...], tuple[Statement, ...]]:
    """Both cases without the lines that both end with, and these lines."""
    after: tuple[Statement, ...] = ()
    while len(yes) > 1 and len(no) > 1 and yes[-1] == no[-1] and not isinstance(yes[-1], Branch):
        yes, no, after = yes[:-1], no[:-1], (yes[-1], *after)
    return yes, no, after


def _branched(condition: Expression, yes: tuple[Statement, ...], no: tuple[Statement, ...]) -> Branch:
    """A case within the other case that does the same is a second condition of the first."""
    if not yes:
        return Branch(Not(condition), no)
    if len(no) == 1 and isinstance(no[0], Branch):
        inner = no[0]
        if inner.then == yes:
            return Branch(Logical("or", condition, inner.condition), yes, inner.otherwise)
        if inner.otherwise == yes:
            return Branch(Logical("or", condition, Not(inner.condition)), yes, inner.then)
    if len(yes) == 1 and isinstance(yes[0], Branch):
        inner = yes[0]
        if inner.otherwise == no:
            return Branch(Logical("and", condition, inner.condition), inner.then, no)
        if inner.then == no:
            return Branch(Logical("and", condition, Not(inner.condition)), inner.otherwise, no)
    return Branch(condition, yes, no)


def _depends(statement: Statement, own: set[str]) -> set[str]:
    """Names from lines of the same rule that have to come before."""
    return set() if isinstance(statement, Branch) else _reads(statement.value) & own


def _made(statement: Statement) -> str:
    """What later lines read where they read its result."""
    if isinstance(statement, Branch):
        return ""
    return f"{statement.name}'" if isinstance(statement, Update) else statement.name


def _reads(node: Expression | Average) -> set[str]:
    """Names whose present value an expression reads: variables, and places after the step."""
    if isinstance(node, Name):
        return {f"{node.name}'" if node.new else node.name}
    return set().union(*map(_reads, operands(node)))


def _statement(line: Line, by: Writer) -> Statement:
    target, value, place = line
    name = target.name
    if not place:
        return Let(name, by.expression(value))
    if value.func.__name__ == "EMA":
        decay, of = value.args
        return Update(name, Average(by.expression(decay), by.expression(of)))
    return Update(name, by.expression(value, target))
