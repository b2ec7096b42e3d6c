"""The traced run: a few steps on a small model, watched line by line and operation by operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.session import Session
from optreview.evidence.dynamic.trace.holders import Holders
from optreview.evidence.dynamic.trace.lines import Lines
from optreview.evidence.dynamic.trace.notes import Notes
from optreview.evidence.dynamic.trace.places import Places
from optreview.evidence.dynamic.trace.watch import Watch
from optreview.evidence.dynamic.workloads import SMALL, bench
from optreview.records import Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.records import Option, Target

#: Steps of a traced run: a rectified method first steps adaptively in the sixth, a preconditioner may be
#: renewed in the tenth.
STEPS = 12
#: Operations after which no further step is traced: a quasi-Newton method has shown all it does by then.
MOST_OPERATIONS = 4_000


def trace(  # noqa: PLR0913
    subject: Subject,
    plan: Plan,
    options: tuple[Option, ...],
    target: Target,
    files: Sequence[str],
    *,
    device: str,
    omitted: Sequence[str],
) -> Trace:
    """Build the optimizer and step it, watching.

    Raises:
        BuildError: The constructor raised.
    """
    stage = bench(SMALL, dtype=torch.float32, device=device, batches=STEPS, omitted=omitted)
    parameters = list(stage.parameters.values())
    places = Places(target, files, barriers=(Session.closure.__code__,))
    holders, lines = Holders(parameters), Lines(places)
    notes = Notes(places, holders, parameters)
    configured = plan.with_options(options)
    watch = Watch(places, holders, notes, lines)
    session = Session(subject, configured, stage, keep_gradients=True, watch=watch)
    holders.optimizer = notes.subject = lines.subject = session.optimizer
    mutated, steps = False, 0
    while steps < STEPS and notes.operations < MOST_OPERATIONS:
        session.step(steps)
        lines.classify()
        mutated = mutated or session.gradients_changed()
        steps += 1
    return Trace(
        options=options,
        steps=steps,
        observations=notes.observations(),
        state=lines.kept(),
        executed=lines.executed(),
        gradients_mutated=mutated,
        complete=notes.complete,
    )
