"""Where options come from: one TOML file for each idea, ``rubrics/catalogue/options/<id>.toml``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from optreview import resources
from optreview.judgement import datafiles

if TYPE_CHECKING:
    from collections.abc import Iterable


class Idea(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an option, or a plain hyperparameter, is for; nothing in it is about one implementation.

    Attributes:
        kind: An ``option`` adds something to an update rule or to how it runs; a ``hyperparameter`` is a
            number that a rule needs anyway.
        names: The constructor parameters that it goes by; no two ideas claim the same.
        shown: How evidence can show that a class means this by the name; None where no way is known.
        beside: For a name that means other things elsewhere, the parameter that must stand beside it.
        idea: One or two sentences.
        cost: What it typically costs, in words: the figures are measured.
        caution: What to know before using it.
        paper: Title and authors, with ``year`` and ``url``; none of them where no publication is known.
    """

    id: str
    title: str
    kind: Literal["option", "hyperparameter"]
    names: tuple[str, ...]
    idea: str
    cost: str
    shown: str | None = None
    beside: dict[str, str] = {}
    caution: str | None = None
    paper: str | None = None
    year: int | None = None
    url: str | None = None


@cache
def load() -> tuple[Idea, ...]:
    """Every known idea, sorted by id.

    Raises:
        InputError: A file does not follow the format.
    """
    paths = sorted((resources.rubrics() / "catalogue" / "options").glob("*.toml"))
    return tuple(datafiles.decode(path, Idea, id=path.stem) for path in paths)


def claims(signature: Iterable[str]) -> tuple[tuple[Idea, tuple[str, ...]], ...]:
    """The ideas that a signature has by name, with the names, in the order in which they stand in it."""
    names = tuple(dict.fromkeys(signature))
    by_name = {name: idea for idea in load() for name in idea.names}
    found: dict[str, tuple[Idea, tuple[str, ...]]] = {}
    for name in names:
        idea = by_name.get(name)
        if idea is not None and idea.beside.get(name, name) in names:
            found[idea.id] = (idea, (*found.get(idea.id, (idea, ()))[1], name))
    return tuple(found.values())
