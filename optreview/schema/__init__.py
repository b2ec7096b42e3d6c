"""The JSON Schema of the saved record, generated from the record types themselves.

``python -m optreview.schema`` writes the file beside this one; other programs read that file.
"""

from __future__ import annotations

import json

import msgspec

from optreview.records import GENERATOR, SCHEMA_VERSION, Review


def generate() -> str:
    """The schema as JSON text, with one final newline."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{GENERATOR} review record {SCHEMA_VERSION}",
        **msgspec.json.schema(Review),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
