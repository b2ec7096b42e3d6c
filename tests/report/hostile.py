"""Names that want to be more than names, and readers of what a check writes."""

from __future__ import annotations

import json
from typing import Any

import markdown_it

from optreview.report.check_formats import sarif
from tests.report.lints import HOSTILE as LINTED

PARSER = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = (
    *LINTED,
    "a|b`c``d",
    "-->\n<script>alert(1)</script>",
    "</details><img src=x onerror=1>",
    "[x](javascript:alert(1)) ![y](https://example.com/z.png) @everyone",
    "]]></failure><testcase/>",
    "\\",
    "\ufffe",
    "x" * 10_000,
)


def run_of(found: Any) -> dict[str, Any]:
    (run,) = json.loads(sarif.render(found))["runs"]
    return dict(run)


def rows_of(comment: str) -> list[list[str]]:
    tokens = PARSER.parse(comment)
    cells = [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "td_open"]
    return [cells[start : start + 5] for start in range(0, len(cells), 5)]


def html_of(comment: str) -> list[str]:
    """Everything that a reader of Markdown takes for HTML, or for a link or an image."""
    tokens = PARSER.parse(comment)
    every = [*tokens, *(child for token in tokens for child in token.children or ())]
    found = [each.content for each in every if each.type in {"html_block", "html_inline"}]
    return [*found, *(each.type for each in every if each.type in {"link_open", "image"})]
