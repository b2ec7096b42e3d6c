"""What a probe is: a question that is answered by trying, with what a failure means.

A probe says what it asks and how (its docstring), and in class attributes what a failure means to whoever
trains with the optimizer, who fails by design, and the page behind the question. ``optreview explain`` reads
these from the file, without importing it; see ``optreview.evidence.dynamic.conformance``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from optreview.evidence.dynamic.conformance import BY_DESIGN, FAIL, OUTCOME, PASS
from optreview.records import Measurement

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.records import Location, Presence


@dataclass(frozen=True)
class Answer:
    """What a probe found, and the sentence that says how, with the figures that it saw.

    Attributes:
        value: One of the outcomes, or a describing word; None where there is no answer.
        note: A sentence. It ends with a full stop and names figures, not adjectives.
        presence: ``measured``; without a value, ``not-applicable`` or ``errored``.
        locations: Lines of the source that the answer is about.
    """

    value: str | None
    note: str
    presence: Presence = "measured"
    locations: tuple[Location, ...] = ()


def passed(note: str) -> Answer:
    """It does what training needs."""
    return Answer(value=PASS, note=note)


def failed(note: str, *locations: Location) -> Answer:
    """It does not."""
    return Answer(value=FAIL, note=note, locations=locations)


def by_design(note: str) -> Answer:
    """It differs, and the note names the evidence that this is meant: an error in words, a signature."""
    return Answer(value=BY_DESIGN, note=note)


def verdict(word: str, note: str) -> Answer:
    """A describing word of a probe that can be neither passed nor failed."""
    return Answer(value=word, note=note)


def not_applicable(note: str) -> Answer:
    """The question does not arise; the note says why."""
    return Answer(value=None, note=note, presence="not-applicable")


def undecided(note: str) -> Answer:
    """It could not be tried, or the trial does not decide it."""
    return Answer(value=None, note=note, presence="errored")


class Probe:
    """One question to an optimizer. The docstring's first line is the question, the rest is how it is asked.

    Attributes:
        care: How much users care, as a rule.
        failing: What a failure means to whoever trains with the optimizer, in one or two sentences.
        designed: Who by design does otherwise, and what counts as evidence of that; "" where nobody should.
        source: The address of the PyTorch page, issue or paper behind the question.
        unit: ``outcome`` for pass and fail, ``verdict`` for a describing word.
        slow: It takes longer than a tenth of a second, most of it in PyTorch's own machinery.
        of_rest: Its answer says something of weights that never move, too.
    """

    care: ClassVar[Literal["high", "medium", "low"]] = "medium"
    failing: ClassVar[str]
    designed: ClassVar[str] = ""
    source: ClassVar[str]
    unit: ClassVar[str] = OUTCOME
    slow: ClassVar[bool] = False
    of_rest: ClassVar[bool] = False

    @classmethod
    def warm_up(cls) -> None:
        """Do once what asking would do for every class anew, such as imports that take long."""

    def ask(self, stage: Stage) -> Answer:
        """Try it. An exception means that the question could not be decided."""
        raise NotImplementedError


def id_of(probe: Probe) -> str:
    """A probe's id: its file's name."""
    return type(probe).__module__.rpartition(".")[2]


def measurement(probe: Probe, answer: Answer) -> Measurement:
    """The record of an answer."""
    return Measurement(
        id=id_of(probe),
        value=answer.value,
        unit=probe.unit,
        presence=answer.presence,
        note=answer.note,
        locations=answer.locations,
    )
