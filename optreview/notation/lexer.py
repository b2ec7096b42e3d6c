"""The words of a line of an update rule."""

from __future__ import annotations

import re
from typing import Literal, cast

from optreview.frozen import Frozen
from optreview.notation.faults import RuleError

Kind = Literal["number", "name", "sign", "end"]

_TOKEN = re.compile(
    r"""(?P<space>[ ]+|\#.*)
      | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>←|<=|>=|==|!=|[-+*/@^()\[\],:=<>'])""",
    re.VERBOSE,
)


class Token(Frozen, frozen=True):
    """A word and where it begins, counted from 1."""

    kind: Kind
    text: str
    column: int


def words(text: str, line: int) -> tuple[Token, ...]:
    """The tokens of one line, with an end behind them; a comment is none.

    Raises:
        RuleError: A character does not belong to the language.
    """
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise RuleError(f"{text[position]!r} is no part of the language.", line, position + 1)
        kind = cast("Kind | Literal['space']", match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match[kind], position + 1))
        position = match.end()
    return (*found, Token("end", "the end of the line", len(text) + 1))
