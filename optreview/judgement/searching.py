"""A search space around the recommended setting, and the same for Optuna and for Ray Tune."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from optreview import resources
from optreview.judgement import datafiles
from optreview.judgement.literals import literal, value_of
from optreview.judgement.searchtext import optuna, ray
from optreview.records import SearchRange, SearchSpace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.judgement.catalogue import Entry
    from optreview.judgement.styles import Call

#: Searched where the catalogue does not know what matters.
_USUAL = ("lr", "weight_decay", "betas")
#: At most so many at once: a search of more needs more trials than people make.
_MOST = 4
_NEAR_ONE = 0.5
_PAIR = 2
_DECADE = "a decade to either side of its value; no range known here"
_RATE = "a decade nearer to and further from one; no range known here"
#: Below it, a decade further from one would be below zero.
_A_DECADE_OFF = 0.9
_RATE_CUT = "from zero to a decade nearer to one; no range known here"


class Habit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a hyperparameter is searched."""

    reason: str
    spread: float | None = None
    least: float | None = msgspec.field(default=None, name="from")
    most: float | None = msgspec.field(default=None, name="to")
    choices: tuple[str, ...] = ()
    include: float | None = None
    averages: Literal["gradients", "squares"] | None = None


def space(
    call: Call,
    known: Entry | None,
    given: Mapping[str, str | None],
    means: Mapping[str, str] | None = None,
    *,
    customary: bool = False,
) -> SearchSpace | None:
    """What to search around a call; None where nothing in the signature is a number.

    With ``customary`` it is only what many optimizers share: of the others no bounds are known. ``means``
    tells what the betas average, where that was read.
    """
    values = {**given, **{s.name: s.value for s in call.settings}}
    wanted = (known.tune if known else ()) or _USUAL
    ranges = [r for name in wanted if name in given for r in _ranges(name, values[name], means or {})]
    ranges = [r for r in ranges if not customary or r.name in _habits()]
    found = tuple(ranges[:_MOST])
    if not found:
        return None
    return SearchSpace(ranges=found, optuna=optuna(call, found, values), ray=ray(call, found, values))


def _ranges(name: str, source: str | None, means: Mapping[str, str]) -> Sequence[SearchRange]:
    value = value_of(source)
    if isinstance(value, tuple) and name == "betas":
        items = [f"betas[{place}]" for place in range(len(value))]
        own = dict(zip(items, value, strict=True))
        fit = [item for item in items if item in _habits() and _fits(item, means, len(value))]
        return [_beside(own[item], _choices(item, _habits()[item])) for item in reversed(fit)]
    if isinstance(value, bool):
        return [SearchRange(name=name, choices=("False", "True"), reason="a switch: both are tried")]
    if not isinstance(value, int | float):
        return ()
    habit = _habits().get(name)
    if habit is not None and habit.choices:
        return [_choices(name, habit)]
    if isinstance(value, int) and name not in _habits():
        return [_whole(name, value)] if value > 0 else ()
    return _number(name, float(value), habit)


def _fits(item: str, means: Mapping[str, str], count: int) -> bool:
    """Whether a beta averages what it does in Adam: of a pair it is taken to, where that is not known."""
    known = means.get(item)
    return count == _PAIR if known is None else known == _habits()[item].averages


def _beside(own: object, found: SearchRange) -> SearchRange:
    """The value that is kept without a search is one of those tried."""
    if not isinstance(own, float) or own in map(float, found.choices):
        return found
    choices = tuple(sorted((*found.choices, literal(own)), key=float))
    return msgspec.structs.replace(
        found, choices=choices, reason=f"{literal(own)} is its value; {found.reason}"
    )


def _choices(name: str, habit: Habit) -> SearchRange:
    return SearchRange(name=name, choices=habit.choices, reason=habit.reason)


def _whole(name: str, value: int) -> SearchRange:
    low, high = str(max(1, value // 2)), str(value * 2)
    reason = "half to twice its value; no range known here"
    return SearchRange(name=name, low=low, high=high, whole=True, log=value > 10, reason=reason)


def _number(name: str, value: float, habit: Habit | None) -> Sequence[SearchRange]:
    if value == 0:
        if habit is None or habit.least is None or habit.most is None:
            return ()
        low, high = habit.least, habit.most
    elif habit is None and _NEAR_ONE <= value < 1:
        # rounded, as 1 - 0.9 is no tenth in binary
        low, high = max(0.0, round(1 - 10 * (1 - value), 9)), 1 - (1 - value) / 10
        reason = _RATE if value >= _A_DECADE_OFF else _RATE_CUT
        return [SearchRange(name=name, low=literal(low), high=f"{high:.6g}", reason=reason)]
    elif value < 0:
        return ()
    else:
        spread = habit.spread if habit and habit.spread else 10.0
        low, high = value / spread, value * spread
        if habit and habit.include is not None:
            low, high = min(low, habit.include), max(high, habit.include)
    reason = habit.reason if habit else _DECADE
    return [SearchRange(name=name, low=literal(low), high=literal(high), log=True, reason=reason)]


@cache
def _habits() -> dict[str, Habit]:
    return datafiles.decode(resources.rubrics() / "search.toml", dict[str, Habit])
