"""Can a checkpoint be loaded as ``torch.load`` does it since 2.6, with nothing but tensors and numbers?"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 2
_GLOBAL = re.compile(r"GLOBAL (\S+)")


class StateDictLoadsWeightsOnly(Probe):
    """Does ``torch.load`` take a saved ``state_dict`` at its default, ``weights_only=True``?

    Two steps, then ``torch.save`` of the ``state_dict`` into memory, and ``torch.load`` of it.
    """

    care = "high"
    of_rest = True
    failing = "A checkpoint cannot be loaded without switching off the protection against code in it."
    source = "https://docs.pytorch.org/docs/stable/generated/torch.load.html"

    def ask(self, stage: Stage) -> Answer:
        """Save and load."""
        trial = stage.trial()
        trial.run(_STEPS)
        file = BytesIO()
        try:
            torch.save(trial.optimizer.state_dict(), file)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return failed(
                f"Saving its state_dict after {_STEPS} steps raised {stage.said(error)}.",
                *stage.raised_at(error),
            )
        file.seek(0)
        try:
            torch.load(file, weights_only=True)
        except Exception as error:  # noqa: BLE001
            found = _GLOBAL.search(str(error))
            why = f"it holds {found[1]}" if found else stage.said(error)
            return failed(f"torch.load with weights_only=True refuses its state_dict: {why}.")
        return passed(f"torch.load with weights_only=True took its state_dict after {_STEPS} steps.")
