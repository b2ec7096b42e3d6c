"""``lint`` on files with hostile names, contents and numbers."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.lint.conftest import MESSAGE, PLACE, Lint, flawed

if TYPE_CHECKING:
    from pathlib import Path


NAMES = [
    "a\nb.py",
    "we:ird.py",
    "a::error file=x::y.py",
    "::error ::x.py",
    "a,b%0A.py",
    "a  b.py",
    "\x1b[31m.py",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_files_with_hostile_names_do_no_harm(lint: Lint, here: Path, name: str) -> None:
    (here / name).write_text(flawed())
    done = lint(f"./{name}")
    assert done.code == 1
    assert len(done.lines) == 2
    assert not done.out.startswith("::")
    assert "\x1b" not in done.out
    annotation = lint(f"./{name}", "--format", "github").out
    assert annotation.startswith("::warning file=")
    assert annotation.count("\n") == 1
    json.loads(lint(f"./{name}", "--format", "sarif").out)
    assert lint("./" + name, ".").code == 1


def test_a_name_that_is_no_unicode_is_linted(lint: Lint, here: Path) -> None:
    name = os.fsdecode(b"a\xff.py")
    (here / name).write_text(flawed())
    assert lint(f"./{name}").code == 1
    for form in ("json", "sarif", "github"):
        lint(f"./{name}", "--format", form).out.encode()


@pytest.mark.parametrize(
    "content",
    [
        flawed().encode() + b"# caf\xe9\n",
        flawed().encode() + b"\0",
        b"\xff\xfe" + flawed().encode("utf-16-le"),
        b"class A" + b"(" * 5_000,
    ],
    ids=["non-utf-8", "null", "utf-16", "brackets"],
)
def test_a_file_that_is_no_source_is_a_line_and_code_2(
    lint: Lint, here: Path, norm: Path, content: bytes
) -> None:
    (here / "bad.py").write_bytes(content)
    done = lint("bad.py", norm.name)
    assert done.code == 2
    assert done.lines[0].startswith("bad.py:")
    assert MESSAGE in done.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_a_line_and_code_2(lint: Lint, here: Path, norm: Path) -> None:
    secret = here / "secret.py"
    secret.write_text(flawed())
    secret.chmod(0)
    done = lint("secret.py", norm.name)
    assert done.code == 2
    assert "secret.py:1:1: error: " in done.out
    assert MESSAGE in done.out


def test_loops_of_links_end(lint: Lint, here: Path, norm: Path) -> None:
    (here / "loop").symlink_to(here)
    (here / "self.py").symlink_to(here / "self.py")
    done = lint(".")
    assert done.code == 2
    assert [line for line in done.lines if MESSAGE in line] == [f"norm.py:{PLACE}: {MESSAGE}"]


def test_a_folder_of_thousands_of_files_is_quick(lint: Lint, here: Path, norm: Path) -> None:
    for number in range(3_000):
        (here / f"f{number}.py").write_text(f"x = {number}\n")
    began = time.process_time()
    assert lint(".").code == 1
    assert time.process_time() - began < 20


def test_comments_and_names_with_control_characters_stay_text(lint: Lint, norm: Path) -> None:
    norm.write_text(flawed("optreview: ignore[\x1b[31mred] \x1b]0;title\x07").replace("Norm", "Nörm"))
    for form in ("text", "json", "sarif", "github"):
        done = lint(norm.name, "--format", form)
        assert done.code == 1
        assert "\x1b" not in done.out
        assert "\x07" not in done.out


def test_a_comment_of_a_million_characters_is_no_obstacle(lint: Lint, norm: Path) -> None:
    norm.write_text(flawed("optreview: ignore[host_sync] " + "x" * 1_000_000))
    began = time.process_time()
    assert lint(norm.name).code == 0
    assert time.process_time() - began < 20
    assert len(lint(norm.name, "--format", "sarif").out) < 100_000
