"""What a program may lack, looked for where it is not proven: so that the reason is told, not guessed."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.program.tracing import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optreview.evidence.dynamic.rule.program.instructions import Program
    from optreview.evidence.dynamic.trials.trial import Trial

#: Steps that are looked at.
_STEPS = 3


def suspicions(trial: Trial) -> tuple[str, ...]:
    """Sentences on what the first steps do that no program tells; looking has effects of its own."""
    tracer = Tracer(trial.optimizer, trial.parameters)
    drawn: set[str] = set()
    programs: list[Program] = []

    def observe(closure: Callable[[], object] | None) -> None:
        before = dict(_generators())
        programs.append(tracer.step(closure, watching=True))
        drawn.update(name for name, state in _generators() if before.get(name) != state)

    trial.observe = observe
    trial.run(_STEPS)
    foreign = any(each.constants for each in programs)
    return tuple(_sentences(tracer, drawn, foreign=foreign))


def _sentences(tracer: Tracer, drawn: set[str], *, foreign: bool) -> Iterator[str]:
    if drawn:
        yield f"It draws random numbers from {' and '.join(sorted(drawn))}."
    if tracer.unseen:
        named = ", ".join(sorted(tracer.unseen))
        yield f"Its step runs {named} where no call of Python's is seen."
    if foreign:
        yield "It uses a tensor that is neither in its state nor computed by calls that are seen."
    if tracer.kept:
        yield "It keeps a number of an earlier step where it was not looked for."


def _generators() -> Iterator[tuple[str, object]]:
    """Generators besides torch's, with their state."""
    yield "Python", hash(random.getstate())
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        name, keys, *rest = numpy.random.get_state()
        yield "NumPy", (name, keys.tobytes(), *rest)
