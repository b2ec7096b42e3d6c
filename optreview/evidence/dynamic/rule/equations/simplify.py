"""Formulas as a paper would give them: the number of the step, corrected means, sizes, names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sympy

from optreview.evidence.dynamic.rule.equations.origins import of_lines
from optreview.evidence.dynamic.rule.equations.roles import Role, role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.evidence.dynamic.rule.equations.algebra import Formula, Symbols
    from optreview.evidence.dynamic.rule.equations.lowering import Lowered
    from optreview.evidence.dynamic.rule.equations.origins import Marks

T = sympy.Symbol("t", positive=True)
#: Operations from which something that recurs gets a name.
_LONG = 4
_ROUNDING = 1e-12
#: Denominators from which on a number has been computed from others.
_COMPUTED = 10**8


@dataclass
class Step:
    """One way of taking a step, simplified.

    Attributes:
        lines: Symbol and formula: a place's new value, or a name for later lines, in order.
        roles: By the symbol of the place before the step.
        conditions: Guards and how they came out.
        guards: The same without names for intermediate values, to be compared.
        origins: By the symbol of a line, the lines of the code that its value comes from.
    """

    lines: list[tuple[Formula, Formula, bool]] = field(default_factory=list)
    roles: dict[Formula, Role] = field(default_factory=dict)
    conditions: list[tuple[Formula | None, bool]] = field(default_factory=list)
    guards: list[tuple[Formula | None, bool]] = field(default_factory=list)
    origins: dict[Formula, Marks] = field(default_factory=dict)


class Simplifier:
    """Simplifies what was lowered.

    Args:
        symbols: For the places.
        counters: Places that count steps, with what they hold before the first.
        sizes: Numbers that come from the shape, with the formula for them.
        tensors: Places that hold more than one element.
    """

    def __init__(
        self,
        symbols: Symbols,
        counters: Mapping[str, int],
        sizes: Mapping[Formula, Formula],
        tensors: frozenset[str],
    ) -> None:
        self._symbols = symbols
        self._sizes = dict(sizes)
        self._tensors = tensors
        self._lets: set[Formula] = set()
        self._time: dict[Formula, Formula] = {}
        for place, start in counters.items():
            self._time[symbols(place)] = T - 1 + start
            self._time[symbols.new(place)] = T + start
        self._counters = frozenset(counters)

    def step(self, lowered: Lowered) -> Step:
        """One way of taking a step."""
        found = Step()
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
        lets = _inlined(lets, values, found.conditions)
        scalars = self._scalars(values)
        for place, value in values.items():
            if not place.startswith("param"):
                old = self._symbols(place)
                inside = _whole(value, lets).has(old) and not value.has(old)  # type: ignore[union-attr]
                found.roles[old] = Role("other") if inside else role(old, value, scalars)
        lines = [(symbol, value, False) for symbol, value in lets.items()]
        lines += [(self._symbols(place), value, True) for place, value in values.items()]
        lines = self._corrected(lines, found.roles)
        found.lines = _ordered(self._named(lines, {self._plain(f): n for f, n in lowered.named.items()}))
        found.origins = of_lines(found.lines, lowered, self._symbols, self._plain)
        return found

    def _plain(self, formula: Formula) -> Formula:
        formula = formula.xreplace(self._time)
        if not self._sizes:
            return formula
        numbers = {each: _sized(each, self._sizes) for each in formula.atoms(sympy.Rational)}
        return formula.xreplace({each: name for each, name in numbers.items() if name is not None})

    def _scalars(self, values: Mapping[str, Formula]) -> set[Formula]:
        free = set().union(*(value.free_symbols for value in values.values())) | {T}
        return {each for each in free if self._symbols.place.get(each, "") not in self._tensors}

    def _corrected(
        self, lines: list[tuple[Formula, Formula, bool]], roles: Mapping[Formula, Role]
    ) -> list[tuple[Formula, Formula, bool]]:
        """Put a hat on the running means whose correction for the start cancels everywhere."""
        shares: dict[Formula, Formula] = {}
        hats: list[tuple[Formula, Formula, Formula]] = []
        back: dict[Formula, Formula] = {}
        for old, each in roles.items():
            if each.decay is None or not each.decay.free_symbols:
                continue
            share = 1 - each.decay**T
            if not any(value.has(share) for _, value, _ in lines):
                continue
            symbol = shares.setdefault(share, sympy.Symbol(f"share{len(shares)}", positive=True))
            back[symbol] = share
            new = sympy.Symbol(f"{old.name}'", real=True)
            hat = sympy.Symbol(f"{old.name}_hat", real=True)
            hats.append((new, hat, symbol))
        swapped = [(target, value.xreplace(shares), place) for target, value, place in lines]
        used: list[tuple[Formula, Formula, Formula]] = []
        for new, hat, symbol in hats:
            lines = [(target, _cancelled(value, new, hat, symbol), place) for target, value, place in swapped]
            if lines != swapped:
                swapped = lines
                used.append((new, hat, symbol))
        result: list[tuple[Formula, Formula, bool]] = []
        for target, value, place in swapped:
            for new, hat, symbol in used:
                if value.has(hat) and all(each[0] != hat for each in result):
                    result.append((hat, new / back[symbol], False))
            result.append((target, value.xreplace(back), place))
        return result

    def _named(
        self, lines: list[tuple[Formula, Formula, bool]], names: Mapping[Formula, str]
    ) -> list[tuple[Formula, Formula, bool]]:
        """Give what occurs more than once, and is long, a name: its variable's if it has one."""
        for _ in range(8):
            repeated = _repeated([value for _, value, _ in lines])
            if repeated is None:
                return lines
            symbol = self._symbols.named(names.get(repeated, "u"), repeated)
            at = next(index for index, (_, value, _) in enumerate(lines) if value.has(repeated))
            lines = [(target, value.xreplace({repeated: symbol}), place) for target, value, place in lines]
            lines.insert(at, (symbol, repeated, False))
        return lines


def _cancelled(value: Formula, new: Formula, hat: Formula, share: Formula) -> Formula:
    """A value with the corrected mean in place of the mean, if the correction goes into it for good."""
    corrected = value.subs(new, hat * share)
    return corrected if corrected.count(share) < value.count(share) else value


def _ordered(lines: list[tuple[Formula, Formula, bool]]) -> list[tuple[Formula, Formula, bool]]:
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


def _whole(formula: Formula | None, lets: Mapping[Formula, Formula]) -> Formula | None:
    """A formula without names for intermediate values."""
    for symbol, value in reversed(list(lets.items())):
        formula = formula and formula.xreplace({symbol: value})
    return formula


def _inlined(
    lets: dict[Formula, Formula],
    values: dict[str, Formula],
    conditions: list[tuple[Formula | None, bool]],
) -> dict[Formula, Formula]:
    """Put variables that are used once where they are used; ``values`` and ``conditions`` are changed."""
    kept = dict(lets)
    for symbol, value in reversed(list(lets.items())):
        guards = [formula for formula, _ in conditions if formula is not None]
        users = [*values.values(), *kept.values(), *guards]
        used = sum(each.count(symbol) for each in users)
        if used > 1:
            continue
        del kept[symbol]
        for table in (values, kept):
            for key, each in list(table.items()):
                table[key] = each.xreplace({symbol: value})
        conditions[:] = [(f and f.xreplace({symbol: value}), outcome) for f, outcome in conditions]
    return kept


def _sized(value: Formula, known: Mapping[Formula, Formula]) -> Formula | None:
    """The size that a number is, up to rounding."""
    exact = known.get(value)
    if exact is not None or value.is_Integer:
        return exact
    if value.q < _COMPUTED:  # as a number in the code is
        return None
    if value < 0:
        turned = _sized(-value, known)
        return None if turned is None else -turned
    for digits in (None, 3):
        for each, name in known.items():
            share = value / each
            short = 1 if digits is None else sympy.Rational(f"{float(share):.{digits}g}")
            if digits is not None and each.q < _COMPUTED:  # a third is six over eighteen, too
                continue
            if short != 0 and abs(share / short - 1) < _ROUNDING:
                return short * name
    return None


def _repeated(values: Sequence[Formula]) -> Formula | None:
    """The longest formula that occurs more than once, None where none is worth a name."""
    counts: dict[Formula, int] = {}
    for value in values:
        for part in sympy.preorder_traversal(value):
            if part.args and not part.is_number and not _turned(part):
                counts[part] = counts.get(part, 0) + 1
    worth = [part for part, count in counts.items() if count > 1 and _size(part) >= _least(part)]
    return max(worth, key=lambda part: (_size(part), str(part)), default=None)


def _least(part: Formula) -> int:
    """Operations from which it gets a name: more where it is of numbers alone, as a correction is."""
    powers_of_time = part.has(T) and not any(each.name.endswith("'") for each in part.free_symbols)
    return 2 * _LONG if powers_of_time else _LONG


def _turned(part: Formula) -> bool:
    """A negative or a reciprocal: what is turned gets the name."""
    if part.is_Mul and part.could_extract_minus_sign():
        return True
    return bool(part.is_Pow and part.exp.is_number and part.exp.is_negative)


def _size(formula: Formula) -> int:
    """How many operations and functions it has."""
    return int(sympy.count_ops(formula)) + sum(1 for _ in formula.atoms(sympy.Function))


def sizes(shape: tuple[int, ...], *, tall: bool = False) -> dict[Formula, Formula]:
    """Numbers that code computes from the shape of a parameter, as formulas in its sizes.

    Args:
        shape: Of a tall matrix, or of something else.
        tall: Rows over columns count where they are more than one, and as one else.
    """
    p = sympy.Symbol("p", real=True)
    total = sympy.Function("size", positive=True)(p)
    numel = 1
    for each in shape:
        numel *= each
    found: list[tuple[Formula, Formula]] = [(sympy.Integer(numel), total)]
    if len(shape) == 2:
        rows = sympy.Function("size[0]", positive=True)(p)
        columns = sympy.Function("size[1]", positive=True)(p)
        r, c = map(sympy.Integer, shape)
        ratio = sympy.Max(1, rows / columns) if tall else rows / columns
        found += [(r, rows), (c, columns), (r / c, ratio), (c / r, columns / rows)]
        found += [(sympy.Max(r, c), sympy.Max(rows, columns)), (sympy.Min(r, c), sympy.Min(rows, columns))]
        found += [(r + c, rows + columns)]
    numbers: dict[Formula, Formula] = {}
    for value, formula in found:
        for power in (1, sympy.Rational(1, 2)):
            for sign in (1, -1):
                key, name = value ** (power * sign), formula ** (power * sign)
                numbers.setdefault(key if key.is_Rational else sympy.Rational(repr(float(key))), name)
    return numbers
