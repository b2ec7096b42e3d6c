"""What recurs in the lines of a rule: called by the place that holds it, or given a name."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import sympy

from optreview.evidence.dynamic.rule.equations.algebra import T

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from optreview.evidence.dynamic.rule.equations.algebra import Formula

    #: Symbol and formula, and whether it is the new value of a place.
    Line = tuple[Formula, Formula, bool]

#: Operations from which something that recurs gets a name, and fewer where the code has one for it.
_LONG, _CALLED = 4, 3
#: Names that are given at most.
_MOST = 12


def held(
    lets: dict[Formula, Formula],
    values: dict[str, Formula],
    kept: Collection[Formula],
    new: Callable[[str], Formula],
) -> dict[Formula, Formula]:
    """Where what a place gets recurs in other lines, its symbol is put; both tables are changed.

    Args:
        lets: Names of intermediate values, and what they are.
        values: What the places get.
        kept: Names that have to stay.
        new: The symbol of a place after the step.

    Returns:
        What was replaced, and by what.
    """
    replaced: dict[Formula, Formula] = {}
    for place in list(values):
        value, symbol = values[place], new(place)
        own = lets.get(value)
        if own is not None and value not in kept:
            del lets[value]
            _replace({value: symbol, own: symbol}, lets, values, place)
            values[place] = own
            replaced[value] = replaced[own] = symbol
        elif size(value) >= _LONG and _recurs(value, lets, values, place):
            _replace({value: symbol}, lets, values, place)
            replaced[value] = symbol
    return replaced


def _recurs(
    value: Formula, lets: Mapping[Formula, Formula], values: Mapping[str, Formula], place: str
) -> bool:
    others = [*lets.values(), *(each for key, each in values.items() if key != place)]
    return any(each.has(value) for each in others)


def _replace(
    what: Mapping[Formula, Formula], lets: dict[Formula, Formula], values: dict[str, Formula], place: str
) -> None:
    """Everywhere but in what the place itself gets."""
    for key, each in list(lets.items()):
        lets[key] = each.xreplace(what)
    for other, each in list(values.items()):
        if other != place:
            values[other] = each.xreplace(what)


def named(
    lines: list[Line], names: Mapping[Formula, str], symbol_of: Callable[[str, Formula], Formula]
) -> list[Line]:
    """Give what occurs more than once, and is long, a name: its variable's if it has one."""
    for _ in range(_MOST):
        repeated = _repeated([value for _, value, _ in lines], names)
        if repeated is None:
            return lines
        own = next((target for target, value, place in lines if not place and value == repeated), None)
        symbol = own or symbol_of(names.get(repeated, "u"), repeated)
        lines = [
            line if line[0] == own else (line[0], _without(line[1], repeated, symbol), line[2])
            for line in lines
        ]
        if own is None:
            at = next(index for index, (_, value, _) in enumerate(lines) if value.has(symbol))
            lines.insert(at, (symbol, repeated, False))
    return lines


def _repeated(values: Sequence[Formula], names: Collection[Formula]) -> Formula | None:
    """The longest formula that occurs more than once, None where none is worth a name."""
    counts: dict[Formula, int] = {}
    for value in values:
        for part in sympy.preorder_traversal(value):
            if part.args and not part.is_number:
                counts[part] = counts.get(part, 0) + 1
    worth: dict[int, list[Formula]] = {}
    for part in counts:
        if not (_turned(part) or part.func.__name__ == "EMA"):
            long = size(part)
            if long >= _CALLED and long >= _least(part, names):
                worth.setdefault(long, []).append(part)
    longer = {kind: [each for each in counts if each.func is kind] for kind in (sympy.Add, sympy.Mul)}
    for long in sorted(worth, reverse=True):
        found = [
            part
            for part in worth[long]
            if counts[part] > 1
            or counts[part] + sum(counts[each] for each in _around(part, longer.get(part.func, ()))) > 1
        ]
        if found:
            return max(found, key=str)
    return None


def _around(part: Formula, of: Iterable[Formula]) -> Iterator[Formula]:
    """Longer sums or products that it is a part of."""
    if part.is_Add or part.is_Mul:
        inside = set(part.args)
        for each in of:
            if each.func == part.func and len(each.args) > len(inside) and inside <= set(each.args):
                yield each


def _without(value: Formula, part: Formula, symbol: Formula) -> Formula:
    """The symbol for the part, also where that is some of the terms or factors of something longer."""
    nodes = dict.fromkeys(sympy.preorder_traversal(value))
    value = value.xreplace({part: symbol})
    inside = set(part.args)
    for each in [each.xreplace({part: symbol}) for each in _around(part, nodes)]:
        value = value.xreplace({each: each.func(*(arg for arg in each.args if arg not in inside), symbol)})
    return value


def _least(part: Formula, names: Collection[Formula]) -> int:
    """Operations from which it gets a name: more where it is of numbers alone, as a correction is."""
    powers_of_time = part.has(T) and not any(each.name.endswith("'") for each in part.free_symbols)
    if powers_of_time:
        return 2 * _LONG
    return _CALLED if part in names else _LONG


def _turned(part: Formula) -> bool:
    """A negative, a reciprocal, what is left of a number: what is turned gets the name."""
    if part.is_Add and len(part.args) == 2 and part.args[0].is_number:
        return True
    if part.is_Mul and part.could_extract_minus_sign():
        return True
    return bool(part.is_Pow and part.exp.is_number and part.exp.is_negative)


@lru_cache(maxsize=1 << 14)
def size(formula: Formula) -> int:
    """How many operations and functions it has."""
    return int(sympy.count_ops(formula)) + sum(1 for _ in formula.atoms(sympy.Function))


def gathered(value: Formula) -> Formula:
    """Terms of a sum that stand over the same sum are put together."""
    if not value.is_Add:
        return value
    over: dict[Formula, list[Formula]] = {}
    for term in value.args:
        for factor in sympy.Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if base.is_Add and exponent.is_number and exponent.is_negative and size(factor) >= _LONG:
                over.setdefault(factor, []).append(term)
    factor = max(over, key=lambda each: (len(over[each]), str(each)), default=None)
    if factor is None or len(over[factor]) < 2:
        return value
    terms = over[factor]
    shared = set.intersection(*(set(sympy.Mul.make_args(term)) for term in terms))
    common = sympy.Mul(*sorted(shared, key=str))
    rest = sympy.Add(*(term / common for term in terms))
    if rest.could_extract_minus_sign():
        common, rest = -common, -rest
    others = [term for term in value.args if term not in terms]
    return sympy.Add(*others, common * rest)


def ordered(lines: list[Line]) -> list[Line]:
    """Each line after those whose result it reads, else in the order in which they were computed."""
    waiting, result = list(lines), []
    done: set[str] = set()
    made = {f"{target.name}'" if place else target.name for target, _, place in lines}
    while waiting:
        ready = next(
            (line for line in waiting if {s.name for s in line[1].free_symbols} & made <= done), waiting[0]
        )
        waiting.remove(ready)
        result.append(ready)
        done.add(f"{ready[0].name}'" if ready[2] else ready[0].name)
    return result
