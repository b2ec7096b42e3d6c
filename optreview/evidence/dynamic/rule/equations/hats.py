"""Running means that are divided by the weight of what they have seen get a hat, as in papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy

from optreview.evidence.dynamic.rule.equations.algebra import T

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.evidence.dynamic.rule.equations.algebra import Formula
    from optreview.evidence.dynamic.rule.equations.roles import Role
    from optreview.evidence.dynamic.rule.equations.sharing import Line


class Hats:
    """Puts a hat on the running means whose correction for the start cancels everywhere.

    Args:
        lines: Of a step.
        roles: What its state entries are.
    """

    def __init__(self, lines: Sequence[Line], roles: Mapping[Formula, Role]) -> None:
        self._shares: dict[Formula, Formula] = {}
        self._hats: list[tuple[Formula, Formula, Formula]] = []
        for old, each in roles.items():
            if each.decay is None or not each.decay.free_symbols:
                continue
            shares = [1 - each.decay ** (T + late) for late in (0, -1)]
            share = next((one for one in shares if any(value.has(one) for _, value, _ in lines)), None)
            if share is not None:
                # algebra takes roots of what is known to be positive apart
                symbol = self._shares.setdefault(
                    share, sympy.Symbol(f"share{len(self._shares)}", positive=True)
                )
                new = sympy.Symbol(f"{old.name}'", real=True)
                self._hats.append((new, sympy.Symbol(f"{old.name}_hat", real=True), symbol))
        self._back = {symbol: share for share, symbol in self._shares.items()}
        self._lines = list(lines)

    def lines(self) -> list[Line]:
        """The lines with hats, each of which is defined before it is read."""
        swapped = [(target, value.xreplace(self._shares), place) for target, value, place in self._lines]
        used = []
        for hat in self._hats:
            lines = [(target, _cancelled(value, *hat), place) for target, value, place in swapped]
            if lines != swapped:
                swapped = lines
                used.append(hat)
        self._hats = used
        result: list[Line] = []
        for target, value, place in swapped:
            for new, hat, symbol in used:
                if value.has(hat) and all(each[0] != hat for each in result):
                    result.append((hat, new / self._back[symbol], False))
            result.append((target, value.xreplace(self._back), place))
        return result

    def on(self, formula: Formula) -> Formula:
        """Any formula as it stands in the lines."""
        if not self._hats:
            return formula
        formula = formula.xreplace(self._shares)
        for hat in self._hats:
            formula = _cancelled(formula, *hat)
        return formula.xreplace(self._back)


def _cancelled(value: Formula, new: Formula, hat: Formula, share: Formula) -> Formula:
    """A value with the corrected mean in place of the mean, if the correction goes into it for good."""
    if not (value.has(share) and value.has(new)):
        return value
    corrected = value.subs(new, hat * share)
    return corrected if corrected.count(share) < value.count(share) else value
