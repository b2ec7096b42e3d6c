"""Markdown that hostile text cannot break out of.

Everything a template prints is escaped unless it is already ``Markdown``: names and docstrings come from the
reviewed file, and may carry markup, HTML, mathematics or mentions.
"""

from __future__ import annotations

import html
import re
import unicodedata

_SPECIAL = re.compile(r"([\\`*_\[\]<>|$~#])")
_ESCAPED = re.compile(r"\\([\\`*_\[\]<>|$~#])")
#: A code span as ``code`` makes it: a fence, and what is inside.
_SPAN = re.compile(r"(?<![\\`])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_SCHEME = re.compile(r"(?i)\b(https?|ftp|www)(?=[:.])")


#: reStructuredText's interpreted text: its roles, its text, its target, the underscore of a reference.
_ROLE = re.compile(r"(?::[\w-]+:)*``?([^`<]+|[^`]+)(?:<[^`<>]+>)?``?(?:__?(?!\w))?")


class Markdown(str):
    """Text that is already Markdown and printed as it is."""

    __slots__ = ()


def plain(text: str) -> str:
    """One line without control or direction characters, which could forge or hide text."""
    if not text.isprintable():
        text = "".join(" " if c.isspace() else c for c in text if c.isspace() or _printable(c))
    return " ".join(text.split())


def visible(text: str) -> str:
    """One line that tells names apart: what cannot be printed as its escape, all else as it is."""
    return "".join(c if c == " " or (_printable(c) and not c.isspace()) else _escaped(c) for c in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", errors="backslashreplace").decode("ascii")


def _printable(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def escape(text: str) -> Markdown:
    """Text as Markdown that renders as exactly that text, on one line."""
    escaped = _SPECIAL.sub(r"\\\1", plain(text).replace("&", "&amp;"))
    escaped = _SCHEME.sub(lambda m: m[0][0] + "&#8203;" + m[0][1:], escaped)
    return Markdown(escaped.replace("@", "&#64;"))


def code(text: object) -> Markdown:
    """A code span that holds any text, backticks included."""
    body = plain(str(text))
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest or not body else ""
    return Markdown(f"{fence}{pad}{body}{pad}{fence}")


def cell(text: str) -> Markdown:
    """Markdown for a table cell: a pipe would end it, even inside a code span."""
    safe = text if isinstance(text, Markdown) else escape(text)
    return Markdown(re.sub(r"(?<!\\)\|", r"\\|", safe))


def prose(text: str) -> Markdown:
    """A sentence with code spans in it, ours or a docstring's: everything outside the spans is escaped.

    reStructuredText's double backticks and roles become plain code spans.
    """
    spans = _ROLE.sub(lambda found: f"`{found[1].strip()}`", plain(text))
    pieces = re.split(r"(`[^`]*`)", spans)
    return Markdown("".join(p if p.startswith("`") and len(p) > 1 else escape_within(p) for p in pieces))


def escape_within(text: str) -> str:
    """Like ``escape``, but keeps the spaces at both ends."""
    lead = text[: len(text) - len(text.lstrip())]
    trail = text[len(text.rstrip()) :] if text.strip() else ""
    return lead + escape(text) + trail


def fenced(source: str, indent: int) -> Markdown:
    """Source text for inside a fenced block, indented; a line that could close the fence is broken up."""
    lines = ("".join(c for c in line if c == "\t" or _printable(c)) for line in source.splitlines())
    return Markdown("\n".join(" " * indent + line.replace("```", "`\u200b``") for line in lines))


def link(text: str, url: str) -> Markdown:
    """A link to an address from our own data; anything but http(s) is printed as text."""
    if not re.fullmatch(r"https?://[^\s()<>\"]+", url):
        return escape(text)
    return Markdown(f"[{escape(text)}]({url})")


def page_link(text: str, path: str) -> Markdown:
    """A link to a file that optreview named itself, relative to the page."""
    return Markdown(f"[{escape(text)}](<{path.replace('<', '%3C').replace('>', '%3E')}>)")


def unmarked(text: str) -> str:
    """A line of escaped Markdown as plain text for a terminal: what it renders as, without bold and spans."""
    pieces = _SPAN.split(text)  # text, fence, span, text …
    said = (html.unescape(_ESCAPED.sub(r"\1", each.replace("**", ""))) for each in pieces[::3])
    spans = (*(each.strip() for each in pieces[2::3]), "")
    return plain("".join(f"{words}{span}" for words, span in zip(said, spans, strict=True)))


def finalize(value: object) -> object:
    """What jinja2 calls for every printed expression: escape by default."""
    if value is None:
        return ""
    if isinstance(value, Markdown):
        return value
    return Markdown(escape_within(value)) if isinstance(value, str) else value
