"""Values for arguments that have no default: the customary one for the name, as PyTorch and papers use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The rate and the momentum are those of torch.optim's own tests.
_BY_NAME = {
    "alpha": "0.99",
    "beta": "0.9",
    "beta1": "0.9",
    "beta2": "0.999",
    "betas": "(0.9, 0.999)",
    "eps": "1e-08",
    "epsilon": "1e-08",
    "learning_rate": "0.001",
    "lr": "0.001",
    "model": "model",
    "momentum": "0.9",
    "named_parameters": "list(model.named_parameters())",
    "rho": "0.05",
    "weight_decay": "0.0",
}
#: The user's data and schedule, of which a measurement knows nothing: it does not reach the end of these.
_HORIZON = re.compile(
    r"((num|n|total|max|t|train|training)_?){0,2}"
    r"(data|data_?set_size|samples?|iterations?|iters?|steps?|epochs?|batch(es)?)(_?(per_epoch|total|max))?|t_max"
)
_WARM_UP = re.compile(r"(num_|n_)?warm_?up(_steps?|_iters?|_iterations?|_epochs?)?")
#: A horizon in steps or samples, and a part of it.
HORIZON, PART = "100", "10"
_PARAMETERS = re.compile(r"(\w+_)?(params?|parameters)")


def value(name: str) -> str | None:
    """What to give for an argument of that name, as source text in which ``model`` is the model."""
    lowered = name.lower()
    if lowered in _BY_NAME:
        return _BY_NAME[lowered]
    if horizon(name):
        return PART if _WARM_UP.fullmatch(lowered) or "epoch" in lowered else HORIZON
    return "list(model.parameters())" if parameters(name) else None


def horizon(name: str) -> bool:
    """Whether an argument of that name says how long training takes, or how much data there is."""
    return bool(_HORIZON.fullmatch(name.lower()) or _WARM_UP.fullmatch(name.lower()))


def parameters(name: str) -> bool:
    """Whether an argument of that name takes parameters of the model."""
    return _PARAMETERS.fullmatch(name.lower()) is not None


def stands_for(names: Iterable[str]) -> str:
    """A sentence on the horizons that were given."""
    given = [f"{name}={value(name)}" for name in names]
    if not given:
        return ""
    stand = "stands" if len(given) == 1 else "stand"
    return f"{' and '.join(given)} {stand} for your own data or schedule."
