"""One rule a file: its docstring is its documentation, its examples are its tests."""

from __future__ import annotations

from functools import cache

from optreview import plugins
from optreview.evidence.static.rule import CommentRule, Described, Rule


@cache
def everything() -> tuple[Described, ...]:
    """Every rule in this folder, of either kind, sorted by id."""
    return tuple(rule() for rule in plugins.classes(__name__, Described))


@cache
def catalogue() -> tuple[Rule, ...]:
    """The rules over an optimizer class."""
    return tuple(rule for rule in everything() if isinstance(rule, Rule))


@cache
def about_comments() -> tuple[CommentRule, ...]:
    """The rules over the comments of a file."""
    return tuple(rule for rule in everything() if isinstance(rule, CommentRule))
