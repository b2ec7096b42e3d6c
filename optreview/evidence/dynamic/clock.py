"""Times steps in a template of its own, which uses the processor's own kernels; it imports no torch.

Memory is measured with the kernels that every processor has, so that figures travel; time is not.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.client import Runner
from optreview.evidence.dynamic.derive import path_taken
from optreview.evidence.dynamic.wire import Job, Time, Timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.wire import Limits
    from optreview.records import DynamicEvidence, Failure, Target, Timing


class Clock(Runner):
    """A context manager, like every runner."""

    def __init__(self, *, limits: Limits | None = None) -> None:
        super().__init__(device="cpu", limits=limits, native=True)

    def time(
        self, target: Target, measured: DynamicEvidence, *, on_phase: Callable[[str], None] | None = None
    ) -> Timing | Failure:
        """The class beside AdamW along the path that the class was seen to take."""
        name = f"{target.module}:{target.class_name}"
        request = Time(job=Job(target=target), beside=path_taken(measured))
        answered = self.ask(request, on_phase)
        if answered is None:
            return failures.lost(name)
        _, transcript = answered
        timings = [r.timing for r in transcript.replies if isinstance(r, Timed)]
        problems = failures.met(name, transcript, partly=False)
        if problems:
            return problems[0]
        if len(timings) != 1 or not plausible(timings[0], request.beside):
            return failures.forged(name)
        return timings[0]


def plausible(timing: Timing, beside: str) -> bool:
    """The claim of boxed code is in range, and answers what was asked."""
    sound = isfinite(timing.ratio) and timing.ratio > 0 and timing.rounds > 0
    return sound and timing.threads == 1 and timing.implementation == beside
