"""The observed range: what differs is told with its span, and what does not is only counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.gate.calibrate import _ranges
from optreview.records import FIGURES, Tolerance
from tests.gate.test_compare import RUN, known, run
from tests.gate.test_gate import TEMPLATE, go

if TYPE_CHECKING:
    from pathlib import Path


def test_a_range_is_from_the_least_to_the_most_and_held_against_the_tolerance() -> None:
    found = [known(run(size)) for size in (8.0, 8.01, 9.0)]
    ranges = {each.figure: each for each in _ranges("a:A", found, Tolerance())}
    assert sorted(ranges) == sorted(FIGURES)
    assert (ranges["state"].run, ranges["state"].least, ranges["state"].most) == (RUN, 8.0, 9.0)
    assert ranges["state"].beyond
    assert [each.figure for each in ranges.values() if each.least != each.most] == ["state"]
    assert not _ranges("a:A", found[:2], Tolerance())[0].beyond


def test_a_run_that_is_missing_once_is_a_range() -> None:
    ranges = _ranges("a:A", [known(run(8.0)), known(run(8.0), runs={})], Tolerance())
    assert (ranges[0].least, ranges[0].most) == (0.0, 8.0)


def test_unchanged_code_is_always_the_same(tmp_path: Path) -> None:
    text = TEMPLATE.format(name="Steady", body="update = m")
    (tmp_path / "steady.py").write_text(text, encoding="utf-8")
    found = go(tmp_path, "check", "steady.py", "--calibrate", "2")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == "1 optimizer, each measured 2 times: 10 of 10 figures were always the same.\n"
