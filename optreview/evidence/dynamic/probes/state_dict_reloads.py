"""Does training resumed from ``state_dict()`` continue as if it had never stopped?"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.failures import said
from optreview.evidence.dynamic.probes import Answer, Probe, Stage

if TYPE_CHECKING:
    from optreview.evidence.dynamic.session import Session

_BEFORE, _AFTER = 4, 3
#: Operations of a step above which one step before and one after are enough.
_MANY_OPERATIONS = 2000


class StateDictReloads(Probe):
    """Four steps, load into a new instance, three more: bitwise the same weights as without the reload."""

    def ask(self, stage: Stage) -> Answer:
        """Interrupt a run, resume it in a new instance, and let the first one go on beside it."""
        first, resumed = stage.session(stage.device), stage.session(stage.device)
        taken = _go(first, 0, _BEFORE)
        try:
            resumed.optimizer.load_state_dict(copy.deepcopy(first.optimizer.state_dict()))
            resumed.bench.model.load_state_dict(first.bench.model.state_dict())
            generator = torch.get_rng_state()
            _go(resumed, taken, _AFTER)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return Answer(value=False, note=f"Resuming from its own state_dict raised {said(error)}.")
        torch.set_rng_state(generator)
        _go(first, taken, _AFTER)
        if _equal(resumed, first):
            return Answer(value=True, note="Steps after loading gave bitwise the same weights.")
        return Answer(value=False, note="Steps after loading gave other weights than without.")


def _go(session: Session, start: int, steps: int) -> int:
    for index in range(start, start + steps):
        session.step(index)
        if session.ledger.operations > _MANY_OPERATIONS:
            return index + 1
    return start + steps


def _equal(one: Session, other: Session) -> bool:
    return all(torch.equal(p, q) for p, q in zip(one.parameters, other.parameters, strict=True))
