"""The reviewer of PyTorch optimizers: every sentence backed by a line, a measurement or a citation.

>>> import optreview
>>> for outcome in optreview.analyze(["torch.optim:AdamW"]):  # doctest: +SKIP
...     print(outcome.review.judged.final.value)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optreview.records import Review
    from optreview.review import Outcome, Settings, analyze

__version__ = "0.1.0"

__all__ = ["Outcome", "Review", "Settings", "__version__", "analyze"]


def __getattr__(name: str) -> object:
    """Import the public names when they are asked for, so that ``optreview --version`` costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "optreview.records" if name == "Review" else "optreview.review"
    return getattr(importlib.import_module(home), name)
