"""What literals stand for; libcst compiles each of them to find out, and most need no compiler."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from re import Match

_PLAIN = re.compile(r"""(?P<quote>["'])(?P<text>[^"'\\\r\n]*)(?P=quote)""").fullmatch
_LONG = re.compile(r"""(?P<quote>\"{3}|'{3})(?P<text>[^\\\r]*)(?P=quote)""").fullmatch


def number(node: cst.Integer | cst.Float) -> int | float:
    """The number that a literal is.

    Raises:
        ValueError, OverflowError: It is too large to be one.
    """
    return int(node.value, 0) if type(node) is cst.Integer else float(node.value)


def text_of(node: cst.SimpleString) -> str | bytes:
    """The text that a literal is."""
    plain: Match[str] | None = _PLAIN(node.value) or _LONG(node.value)
    return node.evaluated_value if plain is None else plain["text"]
