"""No valid Python file crashes the static half, whatever its classes look like."""

from __future__ import annotations

import ast
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from optreview.errors import InputError
from optreview.evidence.static import Candidate, read, survey
from optreview.records import Location
from optreview.targets import resolve
from tests.static.any_source import GRAMMAR, source

if TYPE_CHECKING:
    from optreview.records import StaticEvidence


def read_as_an_optimizer(path: Path, name: str) -> StaticEvidence:
    """Facts and findings of a class, whether or not its bases lead to an optimizer."""
    (target,) = resolve(str(path))
    place = Location(file=path.name, line=1, column=1)
    return read(Candidate(msgspec.structs.replace(target, class_name=name), place))


@settings(
    max_examples=120,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(st.binary(min_size=20, max_size=600))
def test_every_class_of_any_valid_file_is_read(tape: bytes) -> None:
    text = source(tape)
    try:
        tree = ast.parse(text)
    except SyntaxError:
        assume(False)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "any.py"
        path.write_text(text, encoding="utf-8")
        survey(resolve(str(path)))
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found = read_as_an_optimizer(path, node.name)
                assert found.subject.class_name == node.name
                assert found.complete is not bool(found.limits)
                lines = text.splitlines()
                for finding in found.findings:
                    assert 1 <= finding.location.column <= len(lines[finding.location.line - 1]) + 1


@pytest.mark.parametrize("symbol", GRAMMAR)
def test_every_symbol_is_used_and_defined(symbol: str) -> None:
    everything = "".join(template for templates in GRAMMAR.values() for template in templates)
    assert symbol == "file" or f"<{symbol}>" in everything


def test_a_file_that_is_no_python_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "any.py"
    path.write_text(source(b"") + "class :\n", encoding="utf-8")
    with pytest.raises(InputError, match="syntax error"):
        read_as_an_optimizer(path, "Plain")
