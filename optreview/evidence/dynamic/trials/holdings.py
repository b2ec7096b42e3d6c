"""What an optimizer keeps, as a probe looks at it: tensors and numbers of ``state``, by name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.likeness import finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.trials.trial import Trial


def entries(trial: Trial) -> Iterator[tuple[str, torch.Tensor | float]]:
    """Tensors and numbers of every parameter's state with their keys; containers are walked into."""
    for held in trial.optimizer.state.values():
        if isinstance(held, dict):
            for key, value in held.items():
                for each in _leaves(value):
                    yield str(key), each


def unfinite(trial: Trial) -> list[str]:
    """What is infinite or NaN: ``weights``, and keys of the state; sorted."""
    bad = {key for key, value in entries(trial) if not _finite(value)}
    return sorted(bad | (set() if finite(trial.weights()) else {"weights"}))


def magnitudes(trial: Trial) -> dict[str, float]:
    """The largest absolute value under each key of the state."""
    largest: dict[str, float] = {}
    for key, value in entries(trial):
        largest[key] = max(largest.get(key, 0.0), _magnitude(value))
    return largest


def _leaves(value: object) -> Iterator[torch.Tensor | float]:
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def _finite(value: torch.Tensor | float) -> bool:
    return finite([value]) if isinstance(value, torch.Tensor) else math.isfinite(value)


def _magnitude(value: torch.Tensor | float) -> float:
    if isinstance(value, torch.Tensor):
        plain = value.detach() if value.is_complex() else value.detach().double()  # booleans have no size
        return float(plain.abs().max()) if value.numel() else 0.0
    return abs(value)
