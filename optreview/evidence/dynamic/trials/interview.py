"""Every question put to one class: several in a process, and again alone where the answer is bad news."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.agenda import Errand
from optreview.evidence.dynamic.conformance import FAIL, PROBES
from optreview.evidence.dynamic.trials.asking import asked
from optreview.evidence.dynamic.trials.probe import Probe, id_of, measurement
from optreview.evidence.dynamic.wire import Probed, Problem
from optreview.plugins import classes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from optreview.evidence.dynamic.agenda import Agenda
    from optreview.evidence.dynamic.phases import Outcome
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.wire import Reply
    from optreview.records import Measurement

#: Questions that one process answers. A process costs as much as two or three of them.
TOGETHER = 10


def probes() -> tuple[type[Probe], ...]:
    """All of them, imported."""
    return classes(PROBES, Probe)


def warm_up() -> None:
    """Do once what the first interview of every process would do anew."""
    for cls in probes():
        cls.warm_up()


@dataclass(frozen=True)
class Interview:
    """Asks questions in forks, each on a new instance of the class.

    A process of its own costs more than most questions, so that several share one. What a class keeps besides
    its instances could reach from one question into the next: an answer that is a failure, or none, is
    therefore asked for again in a process that has seen nothing else, and so is all that a crash took along.

    Args:
        subject: The class, as sentences name it.
        stage: Sets a question up.
        agenda: Where what is to be run goes.
        seconds: How long each may take.
        send: Takes every message.
        names: Ids of the questions; None for all of them.
    """

    subject: str
    stage: Callable[[], Stage]
    agenda: Agenda
    seconds: float
    send: Callable[[Reply], None]
    names: Sequence[str] | None = None

    def begin(self) -> None:
        """Put all questions on the agenda."""
        self._ask(self._groups)

    def _ask(self, groups: Iterable[Sequence[Probe]]) -> None:
        self.agenda.add(
            Errand(_words(group), partial(self._answers, group), partial(self._hear, group))
            for group in groups
        )

    @cached_property
    def _groups(self) -> list[list[Probe]]:
        asked_for = (cls() for cls in probes())
        wanted = [probe for probe in asked_for if self.names is None or id_of(probe) in self.names]
        quick = [probe for probe in wanted if not probe.slow]
        groups = [[probe] for probe in wanted if probe.slow]  # first, so that the others run beside them
        return groups + [quick[start : start + TOGETHER] for start in range(0, len(quick), TOGETHER)]

    def _hear(self, group: Sequence[Probe], outcome: Outcome) -> None:
        """Send the answers, and ask again alone where that is called for."""
        again: Sequence[Probe] = ()
        if isinstance(outcome.message, Probed):
            answers = outcome.message.measurements
            sure = answers if len(group) == 1 else tuple(filter(_good, answers))
            self.send(Probed(measurements=sure))
            told = {answer.id for answer in sure}
            again = [probe for probe in group if id_of(probe) not in told]
        elif len(group) > 1:
            again = group
        elif outcome.late:
            self.send(Problem(failure=failures.late(self.subject, _words(group), self.seconds)))
        else:
            self.send(Problem(failure=failures.crash(self.subject, _words(group), outcome.status)))
        self._ask([probe] for probe in again)

    def _answers(self, group: Sequence[Probe]) -> Reply:
        return Probed(measurements=tuple(measurement(each, asked(each, self.stage())) for each in group))


def _good(answer: Measurement) -> bool:
    return answer.value != FAIL and answer.presence != "errored"


def _words(group: Sequence[Probe]) -> str:
    first = id_of(group[0]).replace("_", " ")
    return f"probing {first}" + (f" and {len(group) - 1} more" if len(group) > 1 else "")
