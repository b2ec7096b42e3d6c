"""Hostile text in Markdown, judged by an independent Markdown parser."""

import markdown_it
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optreview.report.escaping import cell, code, escape, finalize, link, plain, prose

PARSER = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

HOSTILE = [
    "<script>alert(1)</script>",
    "**bold** _it_ `code` ~~gone~~",
    "[text](javascript:alert(1))",
    "![img](https://example.com/x.png)",
    "| a | b |",
    "{{ 7 * 7 }} {% raw %}",
    "$\\href{x}{y}$",
    "a\n\n# heading\n\n- list\n```\nfence",
    "@everyone &lt; &#60; https://example.com",
    "trailing \\",
    "`` ` ``",
]


def text_of(tokens):
    out = []
    for token in tokens:
        if token.children:
            out.append(text_of(token.children))
        elif token.type in {"text", "code_inline", "text_special"}:
            out.append(token.content)
    return "".join(out)


def kinds_of(tokens):
    return {t.type for t in tokens} | {k for t in tokens if t.children for k in kinds_of(t.children)}


@given(st.text(max_size=80) | st.sampled_from(HOSTILE))
def test_escaped_text_renders_as_itself_and_nothing_else(text):
    tokens = PARSER.parse("x " + escape(text) + " x")
    assert text_of(tokens).replace("\u200b", "").split() == ["x", *plain(text).split(), "x"]
    allowed = {"paragraph_open", "inline", "text", "text_special", "paragraph_close"}
    assert kinds_of(tokens) <= allowed


@given(st.text(max_size=80) | st.sampled_from(HOSTILE))
def test_a_code_span_holds_anything(text):
    tokens = PARSER.parse("x " + code(text) + " x")
    spans = [c for t in tokens if t.children for c in t.children if c.type == "code_inline"]
    assert len(spans) == 1
    assert spans[0].content.strip() == plain(text)


@pytest.mark.parametrize("text", [*HOSTILE, "a|b", "a\\|b"])
def test_a_table_cell_stays_one_cell(text):
    for made in (escape(text), code(text)):
        assert cell(text) == cell(escape(text))
        tokens = PARSER.parse(f"| h | i |\n|---|---|\n| {cell(made)} | end |")
        assert sum(t.type == "td_open" for t in tokens) == 2


@given(st.text(max_size=80) | st.sampled_from(HOSTILE))
def test_prose_never_makes_markup_beyond_code_spans(text):
    kinds = kinds_of(PARSER.parse("x " + prose(text) + " x"))
    assert not kinds & {
        "html_inline",
        "html_block",
        "link_open",
        "image",
        "strong_open",
        "em_open",
        "heading_open",
    }


def test_prose_keeps_its_code_spans():
    assert prose("uses `p.data` *here*") == "uses `p.data` \\*here\\*"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("``None`` or :class:`Tensor`", "`None` or `Tensor`"),
        ("from `On Adam`_ here", "from `On Adam` here"),
        (":ref:`accelerators<devices>`.", "`accelerators`."),
        ("a `x < y` b", "a `x < y` b"),
        ("an open ` tick", "an open \\` tick"),
    ],
)
def test_docstring_markup_becomes_plain_code_spans(text, shown):
    assert prose(text) == shown


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x y", "https://x)(", "ftp://x"])
def test_only_web_addresses_become_links(url):
    assert "](" not in link("text", url)


def test_what_a_template_prints_is_escaped_unless_it_is_markdown():
    assert finalize("<b>") == "\\<b\\>"
    assert finalize(code("<b>")) == "`<b>`"
    assert finalize(", ") == ", "
    assert not finalize(None)
    assert finalize(3) == 3


def test_control_and_direction_characters_are_dropped():
    assert plain("a\x1b[31mb\u202ec\x00d\n e") == "a[31mbcd e"
