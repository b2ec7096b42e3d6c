"""Does a copy of the optimizer go on as the original does?"""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

from optreview.evidence.dynamic.trials.likeness import bitwise, farthest
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 3


class CopiesContinueAlike(Probe):
    """Does a deep copy of the optimizer, or one that was pickled, go on as the original does?

    Three steps, model and optimizer copied together by ``copy.deepcopy`` and by ``pickle``, three more steps
    of each: the weights must be bitwise those of the original.
    """

    care = "medium"
    failing = (
        "Saving the whole optimizer, or copying it to try something, gives one that fails or goes elsewhere."
    )
    source = "https://github.com/pytorch/pytorch/pull/72839"

    def ask(self, stage: Stage) -> Answer:
        """Copy in the middle of a run, and let both go on."""
        original = stage.trial()
        original.run(_STEPS)
        ways: dict[str, Callable[[Any], Any]] = {"a deep copy": copy.deepcopy, "a pickled copy": _pickled}
        copies = {}
        for name, way in ways.items():
            try:
                copies[name] = original.copied(way)
                copies[name].run(_STEPS)
            except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
                doing = "Stepping" if name in copies else "Making"
                return failed(f"{doing} {name} of it raised {stage.said(error)}.", *stage.raised_at(error))
        original.run(_STEPS)
        for name, twin in copies.items():
            if not bitwise(twin.weights(), original.weights()):
                apart = farthest(twin.weights(), original.weights())
                return failed(f"{_STEPS} steps of {name} gave weights up to {apart:.1e} from the original's.")
        return passed(f"{_STEPS} steps of a deep and of a pickled copy gave bitwise the original's weights.")


def _pickled(pair: object) -> object:
    return pickle.loads(pickle.dumps(pair))  # noqa: S301 - what this process has just made
