"""A rule's text, run in float64 from a place and with gradients that the caller chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.kinship.oracles import oracles
from optreview.evidence.dynamic.rule.language import parse
from optreview.notation.faults import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    from optreview.evidence.dynamic.rule.kinship.subject import Subject

SHAPES: dict[int, tuple[int, ...]] = {1: (5,), 2: (4, 3), 3: (3, 2, 2), 4: (3, 2, 2, 2)}


def run(
    subject: Subject, values: Mapping[str, float], start: Tensor, gradients: Iterable[Tensor]
) -> tuple[Tensor, ...] | None:
    """The parameter before the first step and after each; None where it cannot be run.

    Args:
        subject: The rule.
        values: Of all its hyperparameters.
        start: The parameter.
        gradients: One for each step.
    """
    places = [start]
    state: dict[str, Tensor | float] = {}
    try:
        for index, gradient in enumerate(gradients):
            env: dict[str, Tensor | float] = {**values, "g": gradient, "t": index + 1.0}
            state = state or _start(subject, start, env)
            blocks = {**subject.blocks, **oracles(gradient, places[-1])}
            state = dict(subject.rule.run(state, env, blocks))
            places.append(torch.as_tensor(state["p"]).expand_as(start))
    except (RuleError, RuntimeError, KeyError):
        return None
    return tuple(places)


def _start(
    subject: Subject, parameter: Tensor, env: Mapping[str, Tensor | float]
) -> dict[str, Tensor | float]:
    """The parameter, and state: zero unless it is told otherwise, and of no shape until it gets one."""
    state: dict[str, Tensor | float] = dict.fromkeys(sorted(subject.rule.names.state | subject.fixed), 0.0)
    state |= {name: value for name, value in subject.values.items() if name in state}
    state["p"] = parameter
    outside = {**subject.values, **env}
    outside = {name: value for name, value in outside.items() if name not in state}
    for name, text in subject.initial.items():
        if name in state and name != "p":
            told = {other: value for other, value in outside.items() if other != "x"}
            state[name] = parse(f"x ← {text}").run({"p": parameter}, told)["x"]
    return state
