"""Put a question to an optimizer, whatever it raises."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.conformance import BY_DESIGN, FAIL
from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.trials.probe import not_applicable, undecided
from optreview.evidence.dynamic.trials.stage import UnsuitedError

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.probe import Answer, Probe
    from optreview.evidence.dynamic.trials.stage import Stage

#: Steps within which weights come to move: some fill a queue of ten gradients first (AdaShift, 1810.00143).
_STEPS = 12


def asked(probe: Probe, stage: Stage) -> Answer:
    """The answer; one that rests on random numbers says that they were seeded alike.

    Raises:
        LateError: It took too long.
    """
    try:
        answer = probe.ask(stage)
    except LateError:
        raise
    except UnsuitedError as why:
        return not_applicable(str(why))
    except BaseException as error:  # noqa: BLE001 - reviewed code raises what it likes
        return undecided(f"Trying it raised {stage.said(error)}.")
    if not probe.of_rest and answer.value not in {None, FAIL, BY_DESIGN} and _all_rest(stage):
        return undecided(f"The gradients of its trials move no weight in {_STEPS} steps.")
    if any(trial.drew for trial in stage.trials):
        return replace(answer, note=f"{answer.note} It draws random numbers, which were seeded alike.")
    return answer


def _all_rest(stage: Stage) -> bool:
    """Whether no weight moved, and none does with the usual gradients: that both rest says nothing."""
    stepped = [trial for trial in stage.trials if trial.stepped]
    if not stepped or not all(trial.rests for trial in stepped):
        return False
    try:
        usual = stage.trial()
        usual.run(_STEPS)
    except Exception:  # noqa: BLE001 - what the probe saw stands
        return False
    return usual.rests
