"""How long a step takes beside AdamW's: in turn, one thread, CPU time of the thread, the processor's kernels.

Wall time says more about a loaded machine than about an optimizer, and two runs one after the other say more
about the clock. Even so the ratio is good to about a tenth, and it is never the same to the last digit.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.memory.reference import ADAMW, PLAIN
from optreview.evidence.dynamic.memory.run import FLAGS
from optreview.evidence.dynamic.wire import Timed
from optreview.evidence.dynamic.workloads import SEED, bench
from optreview.records import Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.evidence.dynamic.memory.run import Configuration, Implementation, Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.workloads import Bench

#: Steps of a pair that are not timed, as state appears and caches warm; steps of each that are timed.
WARM_UP, STEPS = 6, 20
#: Pairs that are built, each with memory of its own: where tensors happen to lie makes several percent.
MOST_PAIRS, FEWEST_PAIRS = 24, 4
#: Nanoseconds of timed steps after which no further pair is built.
ENOUGH = 5_000_000_000


@dataclass
class _Stepper:
    """An optimizer on a model of its own; ``stage`` gives it fresh gradients."""

    optimizer: torch.optim.Optimizer
    stage: Bench
    plan: Plan
    taken: int = 0
    inside: int = 0

    def step(self) -> int:
        """Nanoseconds of CPU time that a step took, those in its closure aside."""
        self.taken += 1
        self.inside = 0
        for parameter in self.stage.model.parameters():
            parameter.grad = None
        if self.plan.gradients_first:
            self.stage.differentiate(self.taken, self.plan, self.optimizer)
        began = time.thread_time_ns()
        if self.plan.closure:
            self.optimizer.step(self._closure)  # type: ignore[arg-type]
        else:
            self.optimizer.step()
        return time.thread_time_ns() - began - self.inside

    def _closure(self) -> torch.Tensor:
        began = time.thread_time_ns()
        with torch.enable_grad():
            for parameter in self.stage.model.parameters():
                parameter.grad = None
            loss = self.stage.differentiate(self.taken, self.plan, self.optimizer).detach()
        self.inside += time.thread_time_ns() - began
        return loss


def timed(subject: Subject, plan: Plan, how: Configuration, beside: Implementation) -> Timed:
    """Step the class at its defaults and AdamW along a path in turn, and compare the medians of each pair.

    Left to itself on the CPU, AdamW takes the for-loop; asked for it, it has less to decide, by some percent.
    """
    other = PLAIN.with_options(FLAGS["default" if beside == "for-loop" else beside])
    ratios: list[float] = []
    spent = 0
    while len(ratios) < MOST_PAIRS and (len(ratios) < FEWEST_PAIRS or spent < ENOUGH):
        makers = [
            partial(_stepper, subject, plan, how),
            partial(_stepper, ADAMW, other, how),
        ]
        ours, theirs = _pair(makers, turned=len(ratios) % 2)
        spent += sum(ours) + sum(theirs)
        ratios.append(median(ours) / max(1, median(theirs)))
    timing = Timing(
        workload=how.workload,
        implementation=beside,
        rounds=len(ratios) * STEPS,
        threads=torch.get_num_threads(),
        ratio=round(median(ratios), 3),
    )
    return Timed(timing=timing)


def _pair(makers: Sequence[Callable[[], _Stepper]], *, turned: int) -> tuple[list[int], list[int]]:
    """Nanoseconds of the steps of two optimizers, which are built, and then stepped, in alternating order."""
    made = {which: makers[which]() for which in (turned, 1 - turned)}
    taken: tuple[list[int], list[int]] = ([], [])
    gc.collect()
    gc.disable()
    for index in range(WARM_UP + STEPS):
        first = index % 2  # whoever comes second finds other things in the cache
        for which in (first, 1 - first):
            nanoseconds = made[which].step()
            if index >= WARM_UP:
                taken[which].append(nanoseconds)
    gc.enable()
    return taken


def _stepper(subject: Subject, plan: Plan, how: Configuration) -> _Stepper:
    stage = bench(how.workload, dtype=torch.float32, device="cpu", batches=4, omitted=how.omitted)
    torch.manual_seed(SEED)
    optimizer = plan.build(subject.cls, stage.model, list(stage.parameters.values()), subject.names)
    return _Stepper(optimizer, stage, plan)
