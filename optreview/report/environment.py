"""The jinja2 environment: strict about missing names, and escaping everything by default."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import jinja2
import jinja2.nodes
import jinja2.sandbox

from optreview.judgement import criteria
from optreview.judgement.literals import literal
from optreview.report import bytecode, escaping, figures
from optreview.report.voices import folders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.report.voices.folders import Voice


class _Sandbox(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """Templates reach what they are given and nothing behind it, and cannot print text past ``finalize``."""

    def wrap_str_format(self, value: object) -> Callable[..., str] | None:
        """What text is formatted with may be hostile, so that the result is text again, never Markdown."""
        found = super().wrap_str_format(value)
        if found is None:
            return None
        formatted = found
        return lambda *words, **names: str(formatted(*words, **names))

    def _parse(self, source: str, name: str | None, filename: str | None) -> jinja2.nodes.Template:
        parsed = super()._parse(source, name, filename)
        for block in parsed.find_all(jinja2.nodes.FilterBlock):
            # What such a block makes of escaped text would be printed as it is.
            fault = "a filter block is not for pages: filter each expression by itself"
            raise jinja2.TemplateSyntaxError(fault, block.lineno, name, filename)
        return parsed


def shared(voice: Voice | None = None) -> jinja2.Environment:
    """The environment that loads each template once, for who adds nothing to it."""
    return _shared(voice or folders.plain())


@cache
def _shared(voice: Voice) -> jinja2.Environment:
    return create(voice)


def create(voice: Voice | None = None) -> jinja2.Environment:
    """An environment over the templates of one voice, the plain one's where it has none.

    HTML autoescaping is off because the output is Markdown: ``finalize`` escapes for Markdown instead, and
    HTML with it. What a voice extends is the plain voice's template, as ``plain/sections/NAME``.
    """
    layers = [jinja2.FileSystemLoader(folder) for folder in (voice or folders.plain()).folders]
    environment = _Sandbox(
        loader=jinja2.ChoiceLoader(
            [
                *layers,
                jinja2.PrefixLoader({folders.PLAIN: layers[-1]}),
                jinja2.FunctionLoader(_criterion_sentence),
            ]
        ),
        bytecode_cache=bytecode.cache(),
        autoescape=False,
        finalize=escaping.finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters.update(
        after=_after,
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


def sentence_name(criterion_id: str, kind: Literal["strength", "weakness"]) -> str:
    """The template name of a criterion's sentence."""
    return f"criteria/{criterion_id}.{kind}"


def _criterion_sentence(name: str) -> str | None:
    """The rubric's sentences are templates too, found by name like the files."""
    criterion_id, _, kind = name.removeprefix("criteria/").partition(".")
    found = next((c for c in criteria.load() if c.id == criterion_id), None)
    return {"strength": found.strength, "weakness": found.weakness}.get(kind) if found else None


def _after(remark: str, mark: str = " ") -> escaping.Markdown:
    """A remark behind a sentence, or behind words that a mark ends, or nothing where there is none."""
    safe = remark if isinstance(remark, escaping.Markdown) else escaping.escape(remark)
    return escaping.Markdown(f"{mark}{safe}" if safe else "")


def _codes(names: Sequence[str]) -> escaping.Markdown:
    """Names as code spans in a row: ``a``, ``b`` and ``c``."""
    return _items([escaping.code(name) for name in names])


def _items(values: Sequence[str]) -> escaping.Markdown:
    safe = [v if isinstance(v, escaping.Markdown) else escaping.escape(v) for v in values]
    return escaping.Markdown(figures.items(list(safe)))
