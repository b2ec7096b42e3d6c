"""Climb the ladder of protocols until the optimizer moves the weights."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.failures import RefusalError
from optreview.evidence.dynamic.plan import Plan
from optreview.evidence.dynamic.protocols import Clues, ladder
from optreview.records import MemoryRun

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from optreview.evidence.dynamic.wire import Trouble


def drive(
    cls: type[torch.optim.Optimizer], attempt: Callable[[Plan], MemoryRun | Trouble]
) -> tuple[Plan, MemoryRun]:
    """Find the plan with which ``attempt`` succeeds, adding at each refusal the first protocol that suits it.

    Raises:
        RefusalError: No protocol is left that suits what the optimizer says.
    """
    clues = clues_of(cls)
    left = list(ladder())
    plan = Plan(protocols=())
    for protocol in [each for each in left if each.suits(clues)]:
        plan = plan.extended(protocol, clues)
        left.remove(protocol)
    while True:
        outcome = attempt(plan)
        if isinstance(outcome, MemoryRun):
            return plan, outcome
        clues = replace(clues, stage=outcome.stage, error=outcome.error)
        fitting = next((each for each in left if each.suits(clues)), None)
        if fitting is None:
            raise RefusalError(outcome.failure)
        plan = plan.extended(fitting, clues)
        left.remove(fitting)


def clues_of(cls: type[torch.optim.Optimizer]) -> Clues:
    """What the signatures and the methods of the class say before anything is tried."""
    return Clues(
        first=next(iter(_names(cls)), ""),
        group_flags=_group_flags(cls),
        required=tuple(name for name in _required(cls.__init__)[1:] if name != next(iter(_names(cls)), "")),
        step_requires=_required(getattr(cls, "step", None))[1:],
        modes=all(callable(getattr(cls, name, None)) for name in ("train", "eval")),
    )


def _names(cls: type) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(cls).parameters)
    except (TypeError, ValueError):
        return ()


def _group_flags(cls: type) -> tuple[str, ...]:
    """Keys that the class expects in its groups, read from the source: ``if 'use_muon' not in group``."""
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):
        return ()
    return tuple(dict.fromkeys(re.findall(r"""['"]((?:use|is)_\w+)['"] not in (?:param_)?group\b""", source)))


def _required(function: object) -> tuple[str, ...]:
    """Parameters without a default, ``self`` included."""
    if not callable(function):
        return ()
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return tuple(p.name for p in parameters if p.default is p.empty and p.kind not in variadic)
