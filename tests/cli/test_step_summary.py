"""The summary of a step: what was there stays, and a disk that refuses is said in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.cli import step_summary
from optreview.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_wanted_where_the_runner_names_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert not step_summary.wanted()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    assert step_summary.wanted()
    step_summary.append("one\n")
    step_summary.append("two → three\n")
    assert (tmp_path / "summary").read_text(encoding="utf-8") == "one\ntwo → three\n"


def test_a_file_that_cannot_be_written_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    with pytest.raises(InputError, match="cannot be written"):
        step_summary.append("lost")
