"""The behaviour card as a table beside AdamW and SGD, and what it says in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._scenario import scenarios
from optreview.frozen import Frozen
from optreview.judgement import behaviour

if TYPE_CHECKING:
    from optreview.records import DynamicEvidence, Response


#: The scenario whose steps are like those of training, and how many times AdamW's are far from it.
_PACE, _FAR = "noise_even", 5


class Line(Frozen, frozen=True):
    """One scenario, with what each optimizer did, as a figure or a word."""

    label: str
    subject: str
    adamw: str
    sgd: str


class Pace(Frozen, frozen=True):
    """How far a step goes for its learning rate in one scenario, where that is far from AdamW's."""

    label: str
    own: float
    adamw: float
    lr: float


class BehaviourView(Frozen, frozen=True):
    """The table's lines, the sentences, and whether movements were divided by an lr."""

    lines: tuple[Line, ...]
    sentences: tuple[str, ...]
    lr: float | None


def build(dynamic: DynamicEvidence) -> BehaviourView | None:
    """Lay the card out, or None where there is none."""
    card = dynamic.behaviour
    if card is None:
        return None
    subject, adamw, sgd = (
        {r.scenario: _told(r) for r in each} for each in (card.subject, card.adamw, card.sgd)
    )
    lines = (
        Line(each.label, subject[each.id], adamw.get(each.id, "–"), sgd.get(each.id, "–"))
        for each in scenarios()
        if each.id in subject
    )
    return BehaviourView(lines=tuple(lines), sentences=behaviour.sentences(card), lr=card.lr)


def pace(dynamic: DynamicEvidence) -> Pace | None:
    """The pace where a learning rate of AdamW's size would mislead; None where not, or unmeasured."""
    card = dynamic.behaviour
    if card is None or not card.lr:
        return None
    own, adamw = (
        next((r.figure for r in each if r.scenario == _PACE), None) for each in (card.subject, card.adamw)
    )
    if not own or not adamw or own < 0 or 1 / _FAR <= own / adamw <= _FAR:
        return None
    label = next(each.label for each in scenarios() if each.id == _PACE)
    return Pace(label=label, own=own, adamw=adamw, lr=card.lr)


def _told(response: Response) -> str:
    if response.figure is None:
        return response.word or "–"
    size = abs(response.figure)
    return f"{response.figure:.2g}" if size < behaviour.ROUNDED or size >= 1e5 else f"{response.figure:.0f}"
