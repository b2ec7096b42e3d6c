"""What the behaviour card says in words: sentences of ``rubrics/behaviour.toml``, chosen by the figures."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from optreview import resources
from optreview.judgement import datafiles

if TYPE_CHECKING:
    from optreview.records import BehaviourCard

_ADAMW = "AdamW"
#: From here on two digits would be a power of ten.
ROUNDED = 99.5


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Figures up to ``most``, all where it is None, and the sentence for them; "" where there is none."""

    most: float | None = None
    says: str = ""


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scenario, what its figure is divided by, and the sentences.

    Attributes:
        over: ``AdamW``, another scenario of the subject, or "" for nothing.
    """

    scenario: str
    bands: tuple[Band, ...]
    over: str = ""


class _Readings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reading: tuple[Reading, ...]


@cache
def load() -> tuple[Reading, ...]:
    """The readings in the order of the file.

    Raises:
        InputError: The file does not follow the format.
    """
    return datafiles.decode(resources.rubrics() / "behaviour.toml", _Readings).reading


def sentences(card: BehaviourCard) -> tuple[str, ...]:
    """One for each reading whose figures are there."""
    return tuple(text for reading in load() if (text := _sentence(reading, card)))


def _sentence(reading: Reading, card: BehaviourCard) -> str:
    own = {each.scenario: each.figure for each in card.subject}
    adamw = {each.scenario: each.figure for each in card.adamw}
    value = own.get(reading.scenario)
    if reading.over:
        below = adamw.get(reading.scenario) if reading.over == _ADAMW else own.get(reading.over)
        if value is None or not below:
            return ""
        value /= below
    if value is None or value < 0:
        return ""
    for band in reading.bands:
        if band.most is None or value <= band.most:
            return band.says.format(value=f"{value:.2g}" if value < ROUNDED else f"{value:.0f}")
    return ""
