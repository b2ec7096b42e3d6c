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


class StateDictReloads(Probe):
    """Four steps, load into a new instance, three more: bitwise the same weights as seven in one go."""

    def ask(self, stage: Stage) -> Answer:
        """Compare an interrupted run with an uninterrupted one, and first two uninterrupted ones."""
        whole, again = stage.session(stage.device), stage.session(stage.device)
        for index in range(_BEFORE + _AFTER):
            whole.step(index)
        for index in range(_BEFORE):
            again.step(index)
        resumed = stage.session(stage.device)
        generator = torch.get_rng_state()
        try:
            resumed.optimizer.load_state_dict(copy.deepcopy(again.optimizer.state_dict()))
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return Answer(value=False, note=f"Loading its own state_dict raised {said(error)}.")
        resumed.bench.model.load_state_dict(again.bench.model.state_dict())
        torch.set_rng_state(generator)
        for index in range(_BEFORE, _BEFORE + _AFTER):
            again.step(index)
        torch.set_rng_state(generator)
        try:
            for index in range(_BEFORE, _BEFORE + _AFTER):
                resumed.step(index)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return Answer(value=False, note=f"Stepping after load_state_dict raised {said(error)}.")
        if _equal(resumed, again):
            return Answer(value=True, note="Three steps after loading gave bitwise the same weights.")
        return Answer(
            value=False, note="Three steps after loading gave other weights than without the reload."
        )


def _equal(one: Session, other: Session) -> bool:
    return all(torch.equal(p, q) for p, q in zip(one.parameters, other.parameters, strict=True))
