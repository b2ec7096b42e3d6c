"""The reviewer of PyTorch optimizers: every sentence backed by a line, a measurement or a citation."""

from __future__ import annotations

__version__ = "0.1.0"
