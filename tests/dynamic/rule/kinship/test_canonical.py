"""The committed rules are those that the tool extracts."""

from __future__ import annotations

import importlib.metadata

import pytest

from benchmarks.canonical.extraction import written
from optreview import resources
from optreview.evidence.dynamic.client import Limits, Runner
from optreview.judgement import catalogue


@pytest.mark.parametrize("name", ["adamax", "lion", "signsgd"])
def test_a_rule_is_extracted_again_to_the_byte(name: str) -> None:
    entry = catalogue.entry(name)
    assert entry is not None
    assert entry.reference is not None
    try:
        version = importlib.metadata.version(entry.reference.package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{entry.reference.package} is not installed")
    if version != entry.reference.version:
        pytest.skip(f"{entry.reference.package} {version} is installed, not {entry.reference.version}")
    with Runner(device="cpu", limits=Limits(wall_seconds=120)) as runner:
        text, _ = written(runner, entry)
    path = resources.rubrics() / "catalogue" / "canonical" / f"{name}.json"
    assert path.read_text(encoding="utf-8") == text


def test_every_entry_has_a_rule_or_a_reason() -> None:
    found = {each.entry: each for each in catalogue.canonical()}
    assert found.keys() == {entry.id for entry in catalogue.load()}
    assert all(bool(each.equations) is not bool(each.reason) or each.reason for each in found.values())
    assert sum(bool(each.equations) for each in found.values()) >= 75
