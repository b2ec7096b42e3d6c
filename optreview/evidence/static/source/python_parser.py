"""Python's own parser: safe, fast, and asked by several who look at the same file one after the other."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache


#: The file that is being opened, and few more: those who ask for it do so in a row, and trees are large.
@lru_cache(maxsize=4)
def parsed(source: bytes | str) -> ast.Module:
    """The syntax tree of a file. What its strings escape is its own affair, so nothing is warned of.

    Raises:
        SyntaxError: The text is no Python.
        ValueError: It holds null bytes.
        RecursionError, MemoryError: It nests deeper than Python takes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)
