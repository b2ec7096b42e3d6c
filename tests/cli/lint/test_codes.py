"""The exit code of ``lint``, and what it lints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from optreview.evidence import static
from tests.cli.lint.conftest import CLEAN, LINE, MESSAGE, PLACE, Done, Lint, flawed, found_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_finding_is_a_line_and_code_1(lint: Lint, norm: Path) -> None:
    done = lint(norm.name)
    assert (done.code, done.err) == (1, "")
    assert done.lines == [f"norm.py:{PLACE}: {MESSAGE}", "1 warning in 1 optimizer of 1 file."]


def test_what_is_below_fail_on_is_shown_and_gives_code_0(lint: Lint, norm: Path) -> None:
    done = lint(norm.name, "--fail-on", "error")
    assert done.code == 0
    assert MESSAGE in done.out


def test_a_clean_file_gives_code_0(lint: Lint, here: Path) -> None:
    (here / "plain.py").write_text(CLEAN)
    done = lint("plain.py")
    assert (done.code, done.lines) == (0, ["No findings in 1 optimizer of 1 file."])


@pytest.mark.parametrize("source", ["", "x = 1\n", "class Square:\n    pass\n", "class Square:\n"])
def test_a_file_without_an_optimizer_is_no_error(lint: Lint, here: Path, source: str) -> None:
    (here / "other.py").write_text(source)
    done = lint("other.py")
    if source.endswith(":\n"):
        assert done.code == 2
    else:
        assert done == Done(0, "No optimizer was found.\n", "")


def test_a_syntax_error_is_a_line_and_code_2_and_the_others_are_linted(
    lint: Lint, here: Path, norm: Path
) -> None:
    (here / "broken.py").write_text("import torch\n\nclass Broken(torch.optim.Optimizer:\n    pass\n")
    done = lint("broken.py", norm.name)
    assert done.code == 2
    assert done.lines[0].startswith("broken.py:3:")
    assert "error: syntax error: " in done.lines[0]
    assert done.lines[1] == f"norm.py:{PLACE}: {MESSAGE}"
    assert done.lines[2].endswith("1 file could not be linted.")


def test_a_fault_of_ours_is_code_70_and_the_others_are_linted(
    lint: Lint, here: Path, norm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "plain.py").write_text(CLEAN)
    reading = static.inspect

    def failing(candidate: static.Candidate, runs: Callable[[str], bool]) -> static.Inspection:
        if candidate.target.class_name == "Plain":
            raise ZeroDivisionError("no luck")
        return reading(candidate, runs)

    monkeypatch.setattr(static, "inspect", failing)
    done = lint("plain.py", norm.name)
    assert done.code == 70
    assert "plain.py:1:1: error: optreview itself failed on it (ZeroDivisionError: no luck)" in done.out
    assert MESSAGE in done.out


def test_nothing_to_lint_is_one_sentence(lint: Lint) -> None:
    done = lint()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("optreview: error: Name what to lint, or set targets in [tool.optreview]")
    assert done.err.count("\n") == 1


def test_a_missing_file_alone_is_one_sentence_and_among_others_a_line(lint: Lint, norm: Path) -> None:
    alone = lint("nowhere.py")
    assert (alone.code, alone.out) == (2, "")
    assert "nowhere.py" in alone.err
    done = lint("nowhere.py", norm.name)
    assert done.code == 2
    assert done.lines[0].startswith("nowhere.py:1:1: error: There is no file or folder nowhere.py")
    assert MESSAGE in done.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--select", "host_synk"], "There is no rule 'host_synk'; did you mean 'host_sync'?"),
        (["--ignore", "host_sync,xx"], "There is no rule 'xx'"),
        (["--select", "host_sync", "--ignore", "host-sync"], "Every selected rule is ignored"),
        (["--format", "saref"], "There is no format 'saref'; did you mean 'sarif'?"),
        (["--format", "sarif="], "names no file"),
        (["--format", "sarif", "--format", "json"], "Two formats go to the same place"),
        (["--format", "sarif=a.txt", "--format", "json=a.txt"], "Two formats go to the same place"),
        (["--format", "sarif=a.txt", "-o", "b.txt"], "-o has nothing to write"),
        (["-o", "norm.py"], "looks like source, so it is not overwritten"),
        (["-o", "."], "is a folder"),
        (["-o", "norm.py/below"], "not a folder"),
        (["--fail-on", "fatal"], "'fatal' is not one of 'info', 'warning', 'error'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_writes_nothing(
    lint: Lint, here: Path, norm: Path, words: list[str], sentence: str
) -> None:
    done = lint(norm.name, *words)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert done.err.count("\n") == 1
    assert list(here.iterdir()) == [norm]
    assert norm.read_text() == flawed()


def test_many_files_classes_and_duplicates_are_each_linted_once(lint: Lint, here: Path, norm: Path) -> None:
    (here / "plain.py").write_text(CLEAN)
    once = lint("norm.py", "plain.py", "--format", "json")
    again = lint("norm.py", "./norm.py", norm, "plain.py", "norm.py:Norm", ".", "--format", "json")
    assert found_in(once)["issues"] == found_in(again)["issues"]
    assert [each["name"] for each in found_in(again)["classes"]] == ["norm:Norm", "plain:Plain"]


def test_files_of_one_name_in_two_folders_are_two_files(lint: Lint, here: Path) -> None:
    for folder in ("a", "b"):
        (here / folder).mkdir()
        (here / folder / "norm.py").write_text(flawed())
    assert [line.partition(":")[0] for line in lint("a/norm.py", "b/norm.py").lines[:-1]] == [
        "a/norm.py",
        "b/norm.py",
    ]


def test_code_that_classes_share_is_one_finding_that_names_them_all(lint: Lint, here: Path) -> None:
    package = here / "pack"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "base.py").write_text(flawed(name="Base"))
    for name in ("One", "Two"):
        (package / f"{name.lower()}.py").write_text(
            f"from pack.base import Base\n\n\nclass {name}(Base):\n    pass\n"
        )
    found = found_in(lint("pack", "--select", "host_sync", "--format", "json"))
    (issue,) = found["issues"]
    assert (issue["file"], issue["line"]) == ("pack/base.py", LINE)
    assert issue["classes"] == ["pack.base:Base", "pack.one:One", "pack.two:Two"]
    assert issue["scope"] == "pack.base:Base.step"


def test_an_init_file_stands_for_itself_and_not_for_its_package(lint: Lint, here: Path) -> None:
    package = here / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("from pack.norm import Norm\n")
    (package / "norm.py").write_text(flawed())
    assert lint("pack/__init__.py").out == "No optimizer was found.\n"
    assert lint("pack").code == 1


def test_paths_are_shown_from_the_folder_and_reported_from_the_repository(
    lint: Lint, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / ".git").mkdir()
    (here / "sub").mkdir()
    (here / "other").mkdir()
    (here / "sub" / "norm.py").write_text(flawed())
    (here / "other" / "norm.py").write_text(flawed())
    monkeypatch.chdir(here / "sub")
    assert [line.split(":")[0] for line in lint("norm.py", "../other").lines[:-1]] == [
        "../other/norm.py",
        "norm.py",
    ]
    log = json.loads(lint("norm.py", "../other", "--format", "sarif").out)
    assert [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
    ] == ["other/norm.py", "sub/norm.py"]
    assert "file=sub/norm.py,line=22,col=53" in lint("norm.py", "--format", "github").out
