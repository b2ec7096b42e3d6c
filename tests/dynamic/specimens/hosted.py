"""Optimizers that keep known amounts of memory in Python, beside their tensors."""

from __future__ import annotations

import array
import mmap
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from tests.dynamic.specimens.descent import Base
else:
    from descent import Base  # beside this file, where a run finds it


class Arrays(Base):
    """NumPy: an array, a view of a larger one, an array that a tensor shares, one of a tensor's memory."""

    def start(self) -> None:
        import numpy as np  # noqa: PLC0415

        self.table = np.zeros(1000, dtype=np.float32)
        self.view = np.zeros((100, 10))[:, 0]
        self.shared = np.zeros(500, dtype=np.float32)
        self.half = torch.from_numpy(self.shared[:250])
        self.lent = torch.zeros(160).numpy()


class Mapped(Base):
    """A page that is mapped into memory, typed numbers, a byte string."""

    def start(self) -> None:
        self.page = mmap.mmap(-1, 4096)
        self.typed = array.array("d", [0.0] * 100)
        self.text = bytearray(77)


class Numbers(Base):
    """Two thousand Python numbers a parameter tensor, in lists in the state."""

    def keep(self, p: Tensor) -> None:
        if not self.state[p]:
            self.state[p]["losses"] = [0.0] * 2000
