"""Questions that are answered by trying: one probe a file, found by location; the file's name is its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.session import Session


@dataclass(frozen=True)
class Stage:
    """What a probe works with: a way to get a new session on the small model, on the given device.

    A session may be driven with a further protocol, in which the probe's question lies.
    """

    session: Callable[..., Session]
    device: str


@dataclass(frozen=True)
class Answer:
    """A value, or None when the question could not be decided, with the sentence that says how or why."""

    value: bool | str | None
    note: str


class Probe:
    """One question to an optimizer."""

    unit: ClassVar[str] = "bool"

    def ask(self, stage: Stage) -> Answer:
        """Try it. An exception means that the question could not be decided."""
        raise NotImplementedError


def measurement(probe: Probe, answer: Answer) -> Measurement:
    """The record of an answer."""
    return Measurement(
        id=type(probe).__module__.rpartition(".")[2],
        value=answer.value,
        unit=probe.unit,
        presence="errored" if answer.value is None else "measured",
        note=answer.note,
    )
