"""The static half as a linter: the findings of many classes, each place once, and why some of them stay."""

from __future__ import annotations

from optreview.linting.run import lint

__all__ = ["lint"]
