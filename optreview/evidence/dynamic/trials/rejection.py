"""Does the optimizer refuse something in words, or does an operation fail on it?"""

from __future__ import annotations

import dis
import inspect
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.session import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType


#: What an optimizer that takes some shapes only speaks of when it refuses another.
ABOUT_SHAPES = ("dim", "2d", "4d", "shape", "scalar", "matri", "vector", "conv", "empty", "element")


def in_words(error: BaseException, cls: type, *words: str) -> bool:
    """Whether a ``raise`` or ``assert`` in the class's own code speaks of one of these words.

    Its own code is that of the modules in which it and the classes that it inherits from are written, and of
    what else lies in their packages.
    """
    cause = error.__cause__ if isinstance(error, BuildError) and error.__cause__ else error
    text = str(cause).lower()
    return _raised_by_python(cause) and _own(cause, cls) and any(word in text for word in words)


def _raised_by_python(error: BaseException) -> bool:
    """Whether a statement raised it, and not an operation that cannot do it."""
    last = _last(error)
    return last is not None and dis.opname[last.tb_frame.f_code.co_code[last.tb_lasti]] == "RAISE_VARARGS"


def _own(error: BaseException, cls: type) -> bool:
    last = _last(error)
    if last is None:
        return False
    module = str(last.tb_frame.f_globals.get("__name__", ""))
    return any(module == each or module.startswith(f"{each}.") for each in _packages(cls))


def _packages(cls: type) -> Iterator[str]:
    for each in inspect.getmro(cls):
        if issubclass(each, torch.optim.Optimizer):
            top = each.__module__.partition(".")[0]
            yield "torch.optim" if top == "torch" else top


def _last(error: BaseException) -> TracebackType | None:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace
