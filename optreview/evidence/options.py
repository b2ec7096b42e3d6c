"""Which options are worth running: the ones that the source says can change what an optimizer keeps.

The static half proposes, the dynamic half measures: nothing about an option's cost is read off the source.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.records import Option

if TYPE_CHECKING:
    from optreview.records import Hyperparameter, StaticEvidence

#: An optimizer with more options than this is measured on the first ones, in the order of its signature.
MOST = 32
#: Set where zero, or None, switches a buffer off (``momentum=0``): inside the valid range of decay rates.
SWITCHED_ON = "0.9"
#: Set where any other number of zero is switched on: a weight decay or a momentum that moves every weight.
SLIGHT, MOST_NUMBERS = "0.1", 8
#: Measured as a path of its own, both ways.
_FOREACH = "foreach"
_RATES = frozenset({"lr", "learning_rate"})


def worth_measuring(static: StaticEvidence) -> tuple[Option, ...]:
    """Booleans flipped, other choices, numbers that gate a buffer, and gates behind ``**kwargs``."""
    gates = {name for buffer in static.state_buffers for name in buffer.gated_by}
    options = [o for h in static.hyperparameters for o in _alternatives(h, gates)]
    if static.accepts_extra_keywords:
        named = {h.name for h in static.hyperparameters}
        options += [Option(name=gate, value="True") for gate in sorted(gates - named)]
    return tuple(options[:MOST])


def worth_reviewing(static: StaticEvidence) -> tuple[Option, ...]:
    """Those, and every number of zero and every ``None`` that may be a boolean or a number, switched on."""
    found = list(worth_measuring(static))
    named = {option.name for option in found} | {_FOREACH}
    flags = [Option(name=h.name, value="True") for h in static.hyperparameters if _optional_flag(h)]
    absent = [Option(name=h.name, value=_slightly(h)) for h in static.hyperparameters if _optional_number(h)]
    further = (*switched_on(static), *flags, *absent)
    return tuple([*found, *(option for option in further if option.name not in named)][:MOST])


def switched_on(static: StaticEvidence) -> tuple[Option, ...]:
    """Numbers that default to zero, set to something, so that what they switch off runs: weight decay."""
    numbers = [h for h in static.hyperparameters if _number(h) == 0]
    return tuple(Option(name=h.name, value=_slightly(h)) for h in numbers[:MOST_NUMBERS])


def switched_off(static: StaticEvidence) -> tuple[Option, ...]:
    """Numbers other than the learning rate, set to zero: a momentum of zero often runs code of its own."""
    numbers = [h.name for h in static.hyperparameters if _number(h) and h.name not in _RATES]
    return tuple(Option(name=name, value="0") for name in numbers[:MOST_NUMBERS])


def _slightly(hyperparameter: Hyperparameter) -> str:
    """A small number of the kind that is annotated; ``float = 0`` takes floats, as does ``float | None``."""
    annotation = hyperparameter.annotation or ""
    return "1" if "int" in annotation and "float" not in annotation.lower() else SLIGHT


def _optional_flag(hyperparameter: Hyperparameter) -> bool:
    return hyperparameter.default == "None" and "bool" in (hyperparameter.annotation or "")


def _optional_number(hyperparameter: Hyperparameter) -> bool:
    """A learning rate of None is left alone: a schedule of the optimizer's own takes its place."""
    annotation = (hyperparameter.annotation or "").lower()
    number = ("float" in annotation or "int" in annotation) and "bool" not in annotation
    return hyperparameter.default == "None" and number and hyperparameter.name not in _RATES


def _number(hyperparameter: Hyperparameter) -> float | None:
    default = _literal(hyperparameter.default)
    return default if isinstance(default, int | float) and not isinstance(default, bool) else None


def _alternatives(hyperparameter: Hyperparameter, gates: set[str]) -> list[Option]:
    name, default = hyperparameter.name, _literal(hyperparameter.default)
    if isinstance(default, bool):
        return [Option(name=name, value=str(not default))]
    if hyperparameter.choices:
        others = [c for c in hyperparameter.choices if _literal(c) != default]
        return [Option(name=name, value=choice) for choice in others]
    absent = hyperparameter.default == "None" and not _optional_flag(hyperparameter)
    if name in gates and (absent or (isinstance(default, int | float) and default == 0)):
        return [Option(name=name, value=SWITCHED_ON)]
    return []


def _literal(source: str | None) -> object:
    """The value of a literal, or None for anything else: source text is never evaluated."""
    try:
        return ast.literal_eval(source) if source is not None else None
    except (ValueError, SyntaxError):
        return None
