"""The handwritten digits of scikit-learn."""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from optreview.evidence.dynamic.training._task import Lesson, Task, UnavailableError, generator

#: Images of the file kept apart to be judged by, and images of a batch.
_KEPT, _BATCH = 360, 64
_SIDE = 8
_GREYS = 16


class Digits(Task):
    """A convolutional network on scikit-learn's handwritten digits.

    Two convolutions and a projection classify the 1,797 images of 8 × 8 (Alpaydin and Kaynak, UCI, 1998);
    about every fifth image is kept apart, and the figure is the cross-entropy on those.
    """

    steps = 150
    rate = 1e-2
    unit = "cross-entropy on images kept apart"

    def begin(self, seed: int) -> Lesson:
        """The network, and the order of the images."""
        return _Classifying(seed)


class _Classifying(Lesson):
    def __init__(self, seed: int) -> None:
        images, labels = _data()
        kept = torch.arange(len(images)) % (len(images) // _KEPT) == 0
        self._kept = images[kept], labels[kept]
        self._images, self._labels = images[~kept], labels[~kept]
        self._draw = generator(seed)
        torch.manual_seed(seed)
        self._model = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(64, 10),
        )
        self.players = [self._model]

    def loss(self, player: int, step: int) -> torch.Tensor:  # noqa: ARG002
        chosen = torch.randint(len(self._images), (_BATCH,), generator=self._draw)
        return functional.cross_entropy(self._model(self._images[chosen]), self._labels[chosen])

    def figure(self) -> float:
        images, labels = self._kept
        return float(functional.cross_entropy(self._model(images), labels))


@lru_cache(maxsize=1)
def _data() -> tuple[torch.Tensor, torch.Tensor]:
    """The images, from 0 to 1, and their digits, read from the installed package without importing it."""
    found = find_spec("sklearn")
    folder = Path(found.origin).parent if found and found.origin else None
    file = folder / "datasets" / "data" / "digits.csv.gz" if folder else None
    if file is None or not file.is_file():
        raise UnavailableError("scikit-learn is not installed (pip install 'optreview[train]').")
    lines = gzip.decompress(file.read_bytes()).decode().split()
    rows = torch.tensor([[float(each) for each in line.split(",")] for line in lines])
    return (rows[:, :-1] / _GREYS).reshape(-1, 1, _SIDE, _SIDE), rows[:, -1].long()
