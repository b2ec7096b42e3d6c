"""The shipped JSON Schema says what the records are, and every committed record follows it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from optreview import resources
from optreview.records import Review
from optreview.schema import generate

REVIEWS = Path(__file__).parent.parent / "reviews"
RECORDS = sorted(REVIEWS.glob("**/*.json"))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(resources.schema().read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_shipped_schemas_are_current() -> None:
    generated = generate()
    assert set(generated) == set(resources.schema().parent.glob("*.json"))
    for path, text in generated.items():
        assert path.read_text(encoding="utf-8") == text, "run 'make schema'"


def test_there_are_committed_records() -> None:
    assert RECORDS


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_committed_record_follows_the_schema(
    path: Path, validator: jsonschema.Draft202012Validator
) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(record)] == []
    assert msgspec.convert(record, Review, strict=False).generator == "optreview"


def test_the_schema_refuses_what_is_not_a_record(validator: jsonschema.Draft202012Validator) -> None:
    assert not validator.is_valid({})
    assert not validator.is_valid({"schema_version": 1})
