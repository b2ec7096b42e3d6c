"""The JSON Schemas of what is saved, generated from the record types themselves.

``python -m optreview.schema`` writes the files beside this one; other programs read those files.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from optreview import resources
from optreview.records import (
    CHECK_VERSION,
    COMPARISON_VERSION,
    GENERATOR,
    LINT_VERSION,
    SCHEMA_VERSION,
    Check,
    Comparison,
    Lint,
    Review,
)

if TYPE_CHECKING:
    from pathlib import Path


def generate() -> dict[Path, str]:
    """Each schema's file with its JSON text, which ends in one newline."""
    return {
        resources.schema(): _schema(f"{GENERATOR} review record {SCHEMA_VERSION}", Review),
        resources.lint_schema(): _schema(f"{GENERATOR} lint output {LINT_VERSION}", Lint),
        resources.check_schema(): _schema(f"{GENERATOR} check {CHECK_VERSION}", Check),
        resources.comparison_schema(): _schema(f"{GENERATOR} comparison {COMPARISON_VERSION}", Comparison),
    }


def _schema(title: str, record: type[Review | Lint | Comparison | Check]) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **msgspec.json.schema(record),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
