"""Put a question to an optimizer, whatever it raises."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.trials.probe import not_applicable, undecided
from optreview.evidence.dynamic.trials.stage import UnsuitedError

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.probe import Answer, Probe
    from optreview.evidence.dynamic.trials.stage import Stage


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
    if any(trial.drew for trial in stage.trials):
        return replace(answer, note=f"{answer.note} It draws random numbers, which were seeded alike.")
    return answer
