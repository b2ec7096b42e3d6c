"""The jinja2 environment: strict about missing names, and escaping everything by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import jinja2

from optreview import resources
from optreview.judgement import criteria
from optreview.judgement.recommend import literal
from optreview.report import bytecode, escaping, figures

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_VOICE = "plain"


def create(voice: str = DEFAULT_VOICE) -> jinja2.Environment:
    """An environment over the templates of one voice.

    HTML autoescaping is off because the output is Markdown: ``finalize`` escapes for Markdown instead, and
    HTML with it.
    """
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader(resources.templates() / "voices" / voice),
                jinja2.FunctionLoader(_criterion_sentence),
            ]
        ),
        bytecode_cache=bytecode.cache(),
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
        band=figures.band,
    )
    return environment


def sections(voice: str = DEFAULT_VOICE) -> list[str]:
    """Template names of the page's sections in the order of their numbers; other files are parts of them."""
    folder = resources.templates() / "voices" / voice / "sections"
    return [f"sections/{path.name}" for path in sorted(folder.glob("[0-9]*.md.j2"))]


def sentence_name(criterion_id: str, kind: Literal["strength", "weakness"]) -> str:
    """The template name of a criterion's sentence."""
    return f"criteria/{criterion_id}.{kind}"


def _criterion_sentence(name: str) -> str | None:
    """The rubric's sentences are templates too, found by name like the files."""
    criterion_id, _, kind = name.removeprefix("criteria/").partition(".")
    found = next((c for c in criteria.load() if c.id == criterion_id), None)
    return {"strength": found.strength, "weakness": found.weakness}.get(kind) if found else None


def _codes(names: Sequence[str]) -> escaping.Markdown:
    """Names as code spans in a row: ``a``, ``b`` and ``c``."""
    return _items([escaping.code(name) for name in names])


def _items(values: Sequence[str]) -> escaping.Markdown:
    safe = [v if isinstance(v, escaping.Markdown) else escaping.escape(v) for v in values]
    return escaping.Markdown(figures.items(list(safe)))
