"""Which setting is tried in training: the recommended arguments, and where to look for the learning rate."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.judgement import identity
from optreview.records import Option, Sweep

if TYPE_CHECKING:
    from optreview.records import Review

#: The tier whose arguments are tried; what differs between tiers is memory, which small tasks do not need.
_TIER = "consumer"
#: The default of ``torch.optim.AdamW``.
_ADAMW_LR = 1e-3
#: Methods that find the learning rate themselves, so that theirs is a factor.
_OWN_RATE = "learning-rate-free"
#: Not tried: the learning rate is swept, and ``foreach`` moves the same weights.
_LEFT_OUT = frozenset({"lr", "foreach"})


def setting(review: Review) -> Sweep:
    """The recommended arguments; the learning rate by the catalogue's conversion, or else from the default.

    An optimizer of which no conversion is known is tried around its own default, moved from task to task as
    AdamW is from its own; one that finds its learning rate, around its default for every task.
    """
    tiers = {each.tier: each for each in review.judged.recommendations}
    given = {each.name: each.value for each in tiers[_TIER].settings} if _TIER in tiers else {}
    arguments = tuple(Option(name=n, value=v) for n, v in given.items() if n not in _LEFT_OUT)
    signature = {h.name: h.default for h in review.evidence.static.hyperparameters}
    default = _number(signature.get("lr"))
    if "lr" in given and "lr" not in signature:
        return Sweep(arguments=arguments, ratio=1.0)  # passed on to the optimizer inside, the job's own
    if default is None:
        return Sweep(arguments=arguments, fixed=_number(given.get("lr")) if "lr" in signature else None)
    known = identity.adviser(review.evidence, review.judged.identity)
    if known is not None and known.conversion.lr is not None:
        return Sweep(arguments=arguments, ratio=known.conversion.lr)
    if known is not None and known.family == _OWN_RATE:
        return Sweep(arguments=arguments, fixed=default)
    return Sweep(arguments=arguments, ratio=default / _ADAMW_LR)


def _number(text: str | None) -> float | None:
    """A positive number in source text."""
    try:
        value = ast.literal_eval(text or "None")
    except (ValueError, SyntaxError):
        return None
    return float(value) if isinstance(value, int | float) and value > 0 else None
