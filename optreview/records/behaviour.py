"""How an optimizer behaves in scenarios that are the same for all."""

from __future__ import annotations

from typing import Literal

from optreview.records.common import Record


class Response(Record, frozen=True, kw_only=True):
    """What an optimizer did in one scenario: the scenario's figure, or the word for why there is none.

    Attributes:
        scenario: The name of the file that describes it.
        figure: Rounded to four digits; None where there is a word.
        word: ``diverged``: a weight was not finite. ``failed``: a step raised an error. ``still``: no weight
            moved where the figure is a ratio of movements.
    """

    scenario: str
    figure: float | None = None
    word: Literal["diverged", "failed", "still"] | None = None


class BehaviourCard(Record, frozen=True, kw_only=True):
    """The subject's responses beside those of ``torch.optim``'s AdamW and SGD, each at its defaults.

    Attributes:
        lr: The subject's default; None where its groups have none, and movements are told as they are.
    """

    lr: float | None
    subject: tuple[Response, ...]
    adamw: tuple[Response, ...]
    sgd: tuple[Response, ...]
