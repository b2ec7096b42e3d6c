"""The behaviour card, put together from what the boxed child sent and from what AdamW and SGD do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.behaviour._references import ADAMW, SGD
from optreview.evidence.dynamic.behaviour._scenario import scenarios
from optreview.evidence.dynamic.wire import Behaved
from optreview.records import BehaviourCard, Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.evidence.dynamic.wire import Reply


def card(replies: Sequence[Reply]) -> BehaviourCard | None:
    """None where the subject was not watched."""
    found = [each for each in replies if isinstance(each, Behaved)]
    if not found:
        return None
    return BehaviourCard(
        lr=found[0].lr, subject=found[0].responses, adamw=_reference(ADAMW), sgd=_reference(SGD)
    )


def contradiction(replies: Sequence[Reply]) -> str | None:
    """What is wrong with the responses, or None."""
    found = [each for each in replies if isinstance(each, Behaved)]
    if len(found) > 1:
        return "its behaviour came twice"
    for behaved in found:
        if [each.scenario for each in behaved.responses] != [each.id for each in scenarios()]:
            return "the scenarios are not those that there are"
        if not all(map(_sound, behaved.responses)):
            return "a response has neither or both of a finite figure and a word"
        if behaved.lr is not None and not (math.isfinite(behaved.lr) and behaved.lr):
            return "a movement cannot be told over such an lr"
    return None


def _sound(response: Response) -> bool:
    if response.figure is None:
        return response.word is not None
    return response.word is None and math.isfinite(response.figure)


def _reference(figures: Mapping[str, float]) -> tuple[Response, ...]:
    return tuple(Response(scenario=each.id, figure=figures[each.id]) for each in scenarios())
