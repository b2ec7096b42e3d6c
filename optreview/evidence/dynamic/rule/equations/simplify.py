"""Formulas as a paper would give them: the number of the step, corrected means, sizes, names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import sympy
from sympy.core.function import AppliedUndef

from optreview.evidence.dynamic.rule.equations.algebra import T
from optreview.evidence.dynamic.rule.equations.hats import Hats
from optreview.evidence.dynamic.rule.equations.operations import function
from optreview.evidence.dynamic.rule.equations.origins import of_lines
from optreview.evidence.dynamic.rule.equations.roles import Role, role
from optreview.evidence.dynamic.rule.equations.sharing import gathered, held, named, ordered, size
from optreview.evidence.dynamic.rule.equations.sizing import sized, with_means

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.evidence.dynamic.rule.equations.algebra import Formula, Symbols
    from optreview.evidence.dynamic.rule.equations.lowering import Lowered
    from optreview.evidence.dynamic.rule.equations.origins import Marks

#: Operations from which a schedule keeps its name.
_SCHEDULE = 6
#: Functions of tensors that leave every element where it is.
_ELEMENTWISE = frozenset({"where", "mod", "atan2", "lt", "le", "gt", "ge", "eq", "ne", "both", "either"})


@dataclass
class Step:
    """One way of taking a step, simplified.

    Attributes:
        lines: Symbol and formula: a place's new value, or a name for later lines, in order.
        roles: By the symbol of the place before the step.
        conditions: Guards and how they came out.
        guards: The same without names for intermediate values, to be compared.
        origins: By the symbol of a line, the lines of the code that its value comes from; ``asked``: those of
            the guards.
    """

    lines: list[tuple[Formula, Formula, bool]] = field(default_factory=list)
    roles: dict[Formula, Role] = field(default_factory=dict)
    conditions: list[tuple[Formula | None, bool]] = field(default_factory=list)
    guards: list[tuple[Formula | None, bool]] = field(default_factory=list)
    origins: dict[Formula, Marks] = field(default_factory=dict)
    asked: list[Marks] = field(default_factory=list)


class Simplifier:
    """Simplifies what was lowered.

    Args:
        symbols: For the places.
        counters: Places that count steps, with what they hold before the first.
        sizes: Numbers that come from the shape, with the formula for them.
        tensors: Places that hold more than one element.
        full: Places that hold as many as the parameter.
    """

    def __init__(
        self,
        symbols: Symbols,
        counters: Mapping[str, int],
        sizes: Mapping[Formula, Formula],
        tensors: frozenset[str],
        full: frozenset[str],
    ) -> None:
        self._symbols = symbols
        self._sizes = dict(sizes)
        self._tensors = tensors
        self._full = full
        self._time: dict[Formula, Formula] = {}
        for place, start in counters.items():
            self._time[symbols(place)] = T - 1 + start
            self._time[symbols.new(place)] = T + start
        self._counters = frozenset(counters)

    def step(self, lowered: Lowered) -> Step:
        """One way of taking a step."""
        found = Step(asked=lowered.asked)
        lets = {symbol: self._plain(value) for symbol, value in lowered.lets.items()}
        values = {
            place: self._plain(lowered.values[place])
            for place in lowered.order
            if place not in self._counters and not place.startswith("defaults")
        }
        found.conditions = [
            (None if formula is None else self._plain(formula), outcome)
            for formula, outcome in lowered.guards
        ]
        numbers = {
            self._symbols.new(each): value for each, value in values.items() if each in lowered.numbers
        }
        found.guards = [(_whole(formula, numbers | lets), outcome) for formula, outcome in found.conditions]
        _turn(lets, values, found.conditions)
        asked = set().union(*(each.free_symbols for each, _ in found.conditions if each is not None))
        replaced = held(lets, values, asked, self._symbols.new)
        lets = _inlined(lets, values, found.conditions)
        scalars = self._scalars(values)
        lines = [(symbol, value, False) for symbol, value in lets.items()]
        for place, value in values.items():
            old = self._symbols(place)
            if place.startswith("param"):
                lines.append((old, value, True))
                continue
            inside = not value.has(old) and self._reaches(value, old, lets, values)
            made = found.roles[old] = Role("other") if inside else role(old, value, scalars)
            mean = made.kind == "mean" and made.plus is None
            lines.append((old, function("EMA", made.decay, made.of) if mean else value, True))
        hats = Hats(lines, found.roles)
        lines = hats.lines()

        def told(formula: Formula) -> Formula:
            """As it stands in the lines."""
            return hats.on(self._plain(formula).xreplace(replaced))

        names = {told(formula): name for formula, name in lowered.named.items()}
        lines = [(target, gathered(value), place) for target, value, place in lines]
        found.lines = ordered(named(lines, names, self._symbols.named))
        found.origins = of_lines(found.lines, lowered, self._symbols, told)
        if self._sizes:
            self._averaged(found)
        return found

    def _plain(self, formula: Formula) -> Formula:
        formula = formula.xreplace(self._time)
        if not self._sizes:
            return formula
        numbers = {each: sized(each, self._sizes) for each in formula.atoms(sympy.Rational)}
        return formula.xreplace({each: name for each, name in numbers.items() if name is not None})

    def _averaged(self, found: Step) -> None:
        """Sums over sizes as means, in everything that is told."""
        lets = {symbol: value for symbol, value, place in found.lines if not place}

        def full(formula: Formula) -> bool:
            """Whether it has as many elements as the parameter; False where that is not known."""
            if formula.is_Symbol:
                return self._symbols.place.get(formula) in self._full or full(lets.get(formula, T * 0))
            if isinstance(formula, AppliedUndef) and formula.func.__name__ not in _ELEMENTWISE:
                return False
            return any(map(full, formula.args))

        def plain(formula: Formula) -> Formula:
            return with_means(formula, full) if formula is not None else None

        found.lines = [(target, plain(value), place) for target, value, place in found.lines]
        found.conditions = [(plain(each), outcome) for each, outcome in found.conditions]
        found.roles = {old: replace(each, of=plain(each.of)) for old, each in found.roles.items()}

    def _reaches(
        self, value: Formula, old: Formula, lets: Mapping[Formula, Formula], values: Mapping[str, Formula]
    ) -> bool:
        """Whether what a value is computed from is computed from a place's old one."""
        known = {**lets, **{self._symbols.new(place): each for place, each in values.items()}}
        waiting: list[Formula] = [value]
        seen: set[Formula] = set()
        while waiting:
            for symbol in waiting.pop().free_symbols - seen:
                seen.add(symbol)
                waiting.append(known.get(symbol, sympy.Integer(0)))
        return old in seen

    def _scalars(self, values: Mapping[str, Formula]) -> set[Formula]:
        free = set().union(*(value.free_symbols for value in values.values())) | {T}
        return {each for each in free if self._symbols.place.get(each, "") not in self._tensors}


def _whole(formula: Formula | None, lets: Mapping[Formula, Formula]) -> Formula | None:
    """A formula without names for intermediate values."""
    for symbol, value in reversed(list(lets.items())):
        formula = formula and formula.xreplace({symbol: value})
    return formula


def _turn(
    lets: dict[Formula, Formula],
    values: dict[str, Formula],
    conditions: list[tuple[Formula | None, bool]],
) -> None:
    """A variable that the code keeps with a minus is told without; all tables are changed."""
    turned = {
        symbol: -symbol for symbol, value in lets.items() if value.is_Mul and value.could_extract_minus_sign()
    }
    if turned:
        for symbol, value in lets.items():
            lets[symbol] = (-value if symbol in turned else value).xreplace(turned)
        for place, value in values.items():
            values[place] = value.xreplace(turned)
        conditions[:] = [(each and each.xreplace(turned), outcome) for each, outcome in conditions]


def _correction(value: Formula) -> bool:
    """A short one with a power that the number of steps is the exponent of: it may cancel."""
    return size(value) < _SCHEDULE and any(each.exp.has(T) for each in value.atoms(sympy.Pow))


def _inlined(
    lets: dict[Formula, Formula],
    values: dict[str, Formula],
    conditions: list[tuple[Formula | None, bool]],
) -> dict[Formula, Formula]:
    """Put variables that are used once, or are short, where they are used; the other tables are changed."""
    kept = dict(lets)
    for symbol, value in reversed(list(lets.items())):
        guards = [formula for formula, _ in conditions if formula is not None]
        users = [*values.values(), *kept.values(), *guards]
        used = sum(each.count(symbol) for each in users)
        if used > 1 and not _correction(value):
            continue
        del kept[symbol]
        for table in (values, kept):
            for key, each in list(table.items()):
                table[key] = each.xreplace({symbol: value})
        conditions[:] = [(f and f.xreplace({symbol: value}), outcome) for f, outcome in conditions]
    return kept
