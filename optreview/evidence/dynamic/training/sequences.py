"""Sequences of symbols in which the next one depends on the two before it."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional

from optreview.evidence.dynamic.training._task import Lesson, Task, generator

_SYMBOLS, _LENGTH, _BATCH, _KEPT = 8, 12, 32, 128
#: The seed of the source of the sequences, which is the same for all runs.
_SOURCE = 11
#: How much likelier a symbol's likely successors are.
_SHARPNESS = 3.0


class Sequences(Task):
    """An LSTM on sequences of a random source.

    The next of 8 symbols depends on the two before it; an embedding, an LSTM of width 24 and a projection
    predict it. The figure is the cross-entropy on sequences kept apart.
    """

    steps = 150
    rate = 3e-2
    unit = "cross-entropy on sequences kept apart"

    def begin(self, seed: int) -> Lesson:
        """The network, and the order of the sequences."""
        return _Predicting(seed)


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(_SYMBOLS, 16)
        self.lstm = nn.LSTM(16, 24, batch_first=True)
        self.head = nn.Linear(24, _SYMBOLS)

    def forward(self, symbols: torch.Tensor) -> torch.Tensor:
        hidden, _ = self.lstm(self.embedding(symbols))
        return cast("torch.Tensor", self.head(hidden))


class _Predicting(Lesson):
    def __init__(self, seed: int) -> None:
        source = generator(_SOURCE)
        likelihood = (_SHARPNESS * torch.randn(_SYMBOLS, _SYMBOLS, _SYMBOLS, generator=source)).softmax(-1)
        self._kept = _drawn(likelihood, _KEPT, source)
        self._pool = _drawn(likelihood, 2048, source)
        self._draw = generator(seed)
        torch.manual_seed(seed)
        self._model = _Network()
        self.players = [self._model]

    def loss(self, player: int, step: int) -> torch.Tensor:  # noqa: ARG002
        return self._judged(self._pool[torch.randint(len(self._pool), (_BATCH,), generator=self._draw)])

    def figure(self) -> float:
        return float(self._judged(self._kept))

    def _judged(self, symbols: torch.Tensor) -> torch.Tensor:
        logits = self._model(symbols[:, :-1])
        return functional.cross_entropy(logits.flatten(0, 1), symbols[:, 1:].flatten())


def _drawn(likelihood: torch.Tensor, count: int, source: torch.Generator) -> torch.Tensor:
    """Sequences of the source, symbol by symbol."""
    symbols = torch.randint(_SYMBOLS, (count, 2), generator=source)
    while symbols.shape[1] < _LENGTH:
        following = likelihood[symbols[:, -2], symbols[:, -1]]
        symbols = torch.cat([symbols, torch.multinomial(following, 1, generator=source)], dim=1)
    return symbols
