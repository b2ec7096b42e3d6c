"""The jinja2 environment: strict about missing names, and escaping everything by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

from optreview import resources
from optreview.judgement.recommend import literal
from optreview.report import escaping, figures

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_VOICE = "plain"


def create(voice: str = DEFAULT_VOICE) -> jinja2.Environment:
    """An environment over the templates of one voice.

    HTML autoescaping is off because the output is Markdown: ``finalize`` escapes for Markdown instead, and
    HTML with it.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.templates() / "voices" / voice),
        autoescape=False,  # noqa: S701 (see the docstring)
        finalize=escaping.finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters.update(
        bytes=figures.data_size,
        cell=escaping.cell,
        code=escaping.code,
        codes=_codes,
        count=figures.count,
        fenced=escaping.fenced,
        items=_items,
        link=escaping.link,
        literal=literal,
        page_link=escaping.page_link,
        per_parameter=figures.per_parameter,
        percent=figures.percent,
        prose=escaping.prose,
        score=figures.score,
        times=figures.times,
    )
    return environment


def _codes(names: Sequence[str]) -> escaping.Markdown:
    """Names as code spans in a row: ``a``, ``b`` and ``c``."""
    return _items([escaping.code(name) for name in names])


def _items(values: Sequence[str]) -> escaping.Markdown:
    safe = [v if isinstance(v, escaping.Markdown) else escaping.escape(v) for v in values]
    return escaping.Markdown(figures.items(list(safe)))
