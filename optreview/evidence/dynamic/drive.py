"""Climb the ladder of protocols until the optimizer moves the weights."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from optreview.evidence.dynamic.failures import RefusalError
from optreview.evidence.dynamic.plan import Plan
from optreview.evidence.dynamic.protocols import Clues, ladder
from optreview.evidence.dynamic.wire import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch

    from optreview.evidence.dynamic.protocols import Protocol
    from optreview.records import Failure

T = TypeVar("T")

#: Plans that are tried of one class.
_MOST = 24
#: Refusals that no other way of driving mends.
_FINAL = frozenset({"missing-package", "memory-limit", "process-limit"})


def drive(cls: type[torch.optim.Optimizer], attempt: Callable[[Plan], T | Trouble]) -> tuple[Plan, T]:
    """Find the plan with which ``attempt`` succeeds, adding at each refusal a protocol that suits it.

    Where several suit, the first is followed up before the next one is tried in its place.

    Raises:
        RefusalError: No protocol is left that suits what the optimizer says.
    """
    clues = clues_of(cls)
    climb = _Climb(attempt)
    given_up: tuple[str, ...] = ()
    for chosen in _starts([each for each in ladder() if each.suits(clues)]):
        plan = Plan(protocols=(), given_up=given_up)
        for protocol in chosen:
            plan = plan.extended(protocol, clues)
        found = climb.up(plan, clues)
        if found is not None:
            return found
        error = climb.troubles[plan.key].error if plan.key in climb.troubles else ""
        given_up = tuple(said for each in plan.protocols if each.tentative and (said := each.in_vain(error)))
    raise RefusalError(climb.refusal())


def _starts(chosen: Sequence[Protocol]) -> Iterator[list[Protocol]]:
    """What the class alone calls for, then the same less what it may do without."""
    certain = [each for each in chosen if not each.tentative]
    yield list(chosen)
    if len(certain) < len(chosen):
        yield certain


@dataclass
class _Climb(Generic[T]):
    attempt: Callable[[Plan], T | Trouble]
    troubles: dict[object, Trouble] = field(default_factory=dict)
    dead_end: Trouble | None = None

    def up(self, plan: Plan, clues: Clues) -> tuple[Plan, T] | None:
        """Try the plan, and at a refusal everything that it calls for, one after the other."""
        if plan.key in self.troubles or len(self.troubles) >= _MOST:
            return None
        outcome = self.attempt(plan)
        if not isinstance(outcome, Trouble):
            return plan, outcome
        self.troubles[plan.key] = outcome
        if outcome.failure.kind in _FINAL:
            raise RefusalError(outcome.failure)
        clues = replace(clues, stage=outcome.stage, error=outcome.error)
        fitting = [each for each in ladder() if (each.again or not plan.has(each)) and each.suits(clues)]
        for protocol in fitting:
            found = self.up(plan.extended(protocol, clues), clues)
            if found is not None:
                return found
        if self.dead_end is None and not any(each.tentative for each in plan.protocols):
            self.dead_end = None if any(not each.tentative for each in fitting) else outcome
        return None

    def refusal(self) -> Failure:
        """What to report: where following what suits best came to its end."""
        return (self.dead_end or next(iter(self.troubles.values()))).failure


def clues_of(cls: type[torch.optim.Optimizer]) -> Clues:
    """What signatures, methods and source of the class say before anything is tried."""
    first, *others = _parameters(cls) or [inspect.Parameter("", inspect.Parameter.VAR_KEYWORD)]
    step = _parameters(getattr(cls, "step", None))
    backward = _parameters(getattr(cls, "backward", None))
    return Clues(
        first=first.name,
        required=tuple(each.name for each in others if each.default is each.empty),
        optional={each.name: each.default for each in (first, *others) if each.default is not each.empty},
        step_requires=tuple(each.name for each in step[1:] if each.default is each.empty),
        backward_requires=tuple(each.name for each in backward[1:] if each.default is each.empty),
        methods=frozenset(name for name in dir(cls) if callable(getattr(cls, name, None))),
        source=_source(cls),
    )


def _parameters(function: object) -> list[inspect.Parameter]:
    """Those that have a name of their own."""
    if not callable(function):
        return []
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each for each in parameters if each.kind not in variadic]


def _source(cls: type) -> str:
    """The class and its bases, less those that every class has."""
    texts = []
    for each in cls.__mro__:
        if each is cls or each.__module__.partition(".")[0] not in {"builtins", "torch", "typing"}:
            try:
                texts.append(inspect.getsource(each))
            except (OSError, TypeError):  # compiled, or made when the program ran
                continue
    return "\n".join(texts)
