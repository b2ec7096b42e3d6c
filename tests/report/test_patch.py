"""Diffs that patch programs take: applied, they give the very bytes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from optreview.report.patch import unified

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = {
    "plain": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "no line break at the end": (b"a\nb", b"a\nB"),
    "a line break gained": (b"a\nb", b"a\nb\n"),
    "windows line ends": (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nB\r\nc\r\n"),
    "line ends of the first Macs": (b"a\rb\rc", b"a\rB\rc"),
    "latin-1": ("é\nb\n".encode("latin-1"), "é\nü\n".encode("latin-1")),
    "byte order mark": (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfA\nb\n"),
    "signs that only Python takes for line ends": (b"a\x0cb\x1cc\x85d\nb\n", b"a\x0cb\x1cc\x85d\nc\n"),
    "far apart": (b"\n".join(b"%d" % n for n in range(99)), b"\n".join(b"%d" % (n % 97) for n in range(99))),
}


@pytest.mark.parametrize("tool", [["git", "apply"], ["patch", "-p1", "--binary"]], ids=["git", "patch"])
@pytest.mark.parametrize("name", PAIRS)
def test_a_diff_applies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, tool: list[str]) -> None:
    before, after = PAIRS[name]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "folder" / "file.py"
    path.parent.mkdir()
    path.write_bytes(before)
    subprocess.run(tool, input=unified(path, before, after), check=True, capture_output=True)
    assert path.read_bytes() == after


@pytest.mark.parametrize("name", ["two words.py", 'a"b.py', "a\\b.py", "tab\tb.py", "grüße.py"])
def test_any_name_can_be_patched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.write_bytes(b"a\n")
    subprocess.run(["git", "apply"], input=unified(path, b"a\n", b"b\n"), check=True, capture_output=True)
    assert path.read_bytes() == b"b\n"


def test_equal_files_have_no_diff(tmp_path: Path) -> None:
    assert unified(tmp_path / "file.py", b"a\n", b"a\n") == b""
