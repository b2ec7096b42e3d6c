"""Questions in words about pictures, for a transformer that reads both."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional

from optreview.evidence.dynamic.training._task import Lesson, Task, generator

#: A picture has four places with one of four patterns each; a question names a place.
_PLACES, _PATTERNS, _PIXELS = 4, 4, 16
_WIDTH, _BATCH, _KEPT = 32, 48, 256
_NOISE = 1.5
_SOURCE = 12


class Questions(Task):
    """A transformer on pictures and questions about them.

    Four image tokens show one of four patterns each, in noise, and a text token asks for one of them; a
    block of width 32 answers. The figure is the cross-entropy on questions kept apart.
    """

    steps = 150
    unit = "cross-entropy on questions kept apart"

    def begin(self, seed: int) -> Lesson:
        """The transformer, and the order of the questions."""
        return _Answering(seed)


class _Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Linear(_PIXELS, _WIDTH)
        self.words = nn.Embedding(_PLACES, _WIDTH)
        self.positions = nn.Parameter(torch.randn(_PLACES, _WIDTH) / _WIDTH**0.5)
        self.block = _Block()
        self.head = nn.Linear(_WIDTH, _PATTERNS)

    def forward(self, picture: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        tokens = torch.cat([self.patches(picture) + self.positions, self.words(asked)[:, None]], dim=1)
        return cast("torch.Tensor", self.head(self.block(tokens)[:, -1]))


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(_WIDTH)
        self.attention = nn.MultiheadAttention(_WIDTH, 2, batch_first=True)
        self.middle = nn.LayerNorm(_WIDTH)
        self.wide, self.back = nn.Linear(_WIDTH, 2 * _WIDTH), nn.Linear(2 * _WIDTH, _WIDTH)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        normal = self.norm(tokens)
        tokens = tokens + self.attention(normal, normal, normal, need_weights=False)[0]
        return tokens + cast("torch.Tensor", self.back(functional.gelu(self.wide(self.middle(tokens)))))


class _Answering(Lesson):
    def __init__(self, seed: int) -> None:
        source = generator(_SOURCE)
        self._patterns = torch.randn(_PATTERNS, _PIXELS, generator=source)
        self._kept = self._drawn(_KEPT, source)
        self._draw = generator(seed)
        torch.manual_seed(seed)
        self._model = _Transformer()
        self.players = [self._model]

    def loss(self, player: int, step: int) -> torch.Tensor:  # noqa: ARG002
        return self._judged(*self._drawn(_BATCH, self._draw))

    def figure(self) -> float:
        return float(self._judged(*self._kept))

    def _judged(self, picture: torch.Tensor, asked: torch.Tensor, answer: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(self._model(picture, asked), answer)

    def _drawn(self, count: int, source: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Pictures, the places asked for, and the patterns that are there."""
        shown = torch.randint(_PATTERNS, (count, _PLACES), generator=source)
        asked = torch.randint(_PLACES, (count,), generator=source)
        noise = _NOISE * torch.randn(count, _PLACES, _PIXELS, generator=source)
        return self._patterns[shown] + noise, asked, shown[torch.arange(count), asked]
