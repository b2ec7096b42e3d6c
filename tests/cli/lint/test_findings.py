"""What ``lint`` shows, and what comments keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.lint.conftest import LINE, MESSAGE, Lint, flawed, found_in

if TYPE_CHECKING:
    from pathlib import Path


def test_notes_and_what_is_only_possible_wait_for_all_or_their_name(lint: Lint, norm: Path) -> None:
    usual = found_in(lint("norm.py", "--format", "json"))
    everything = found_in(lint("norm.py", "--all", "--format", "json"))
    assert usual["hidden"] == len(everything["issues"]) - len(usual["issues"]) > 0
    assert {issue["severity"] for issue in usual["issues"]} <= {"warning", "error"}
    hidden = next(issue["rule"] for issue in everything["issues"] if issue["severity"] == "info")
    named = found_in(lint("norm.py", "--select", hidden, "--format", "json"))
    assert {issue["rule"] for issue in named["issues"]} == {hidden}
    assert named["rules"] == [hidden]
    strict = lint("norm.py", "--fail-on", "info", "--format", "json")
    assert {issue["severity"] for issue in found_in(strict)["issues"]} >= {"info"}


def test_an_ignored_rule_does_not_run(lint: Lint, norm: Path) -> None:
    done = lint(norm.name, "--ignore", "host-sync")
    assert (done.code, done.lines) == (0, ["No findings in 1 optimizer of 1 file."])


def test_statistics_count_the_rules(lint: Lint, norm: Path) -> None:
    assert lint(norm.name, "--statistics").lines == [
        "1 warning host_sync",
        "1 warning in 1 optimizer of 1 file.",
    ]


def test_several_formats_go_to_several_places(lint: Lint, here: Path, norm: Path) -> None:
    done = lint(norm.name, "--format", "sarif=out/a.sarif", "--format", "github", "--format", "json=b.json")
    assert done.code == 1
    assert done.out.startswith(f"::warning file=norm.py,line={LINE},")
    log = json.loads((here / "out" / "a.sarif").read_text())
    assert log["version"] == "2.1.0"
    assert json.loads((here / "b.json").read_text())["schema_version"] == "1.0.0"
    lint(norm.name, "-o", "c.txt")
    assert MESSAGE in (here / "c.txt").read_text()


def test_the_same_input_gives_the_same_bytes(lint: Lint, norm: Path) -> None:
    for name in ("json", "sarif", "github", "text"):
        assert lint(norm.name, "--format", name) == lint(norm.name, "--format", name)


def test_a_fingerprint_stays_when_lines_move_and_differs_between_places(lint: Lint, norm: Path) -> None:
    def prints() -> list[str]:
        return [issue["fingerprint"] for issue in found_in(lint(norm.name, "--format", "json"))["issues"]]

    before = prints()
    norm.write_text(
        "# a new line\n\n"
        + flawed().replace("            for p in", "            # here\n            for p in")
    )
    assert prints() == before
    norm.write_text(
        flawed().replace("        return loss", flawed().splitlines()[LINE - 1] + "\n        return loss")
    )
    twice = prints()
    assert len(set(twice)) == 2
    assert before[0] in twice
    norm.write_text(flawed(name="Other"))
    assert not set(prints()) & set(before)


def test_a_comment_keeps_a_finding(lint: Lint, norm: Path) -> None:
    norm.write_text(flawed("optreview: ignore[host_sync] once an epoch"))
    done = lint(norm.name)
    assert (done.code, done.lines) == (
        0,
        ["No findings in 1 optimizer of 1 file. 1 finding kept on purpose."],
    )
    (issue,) = found_in(lint(norm.name, "--format", "json"))["issues"]
    assert issue["kept"] == {"by": "comment", "reason": "once an epoch"}
    (result,) = json.loads(lint(norm.name, "--format", "sarif").out)["runs"][0]["results"]
    assert result["suppressions"][0]["justification"] == "once an epoch"
    assert lint(norm.name, "--format", "github").out == ""


@pytest.mark.parametrize(
    ("comment", "rules"),
    [
        ("optreview: ignore[host_sync]", ["suppression_without_reason"]),
        ("optreview: ignore[host_synk] why", ["host_sync", "unknown_suppression"]),
        ("optreview: skip", ["host_sync", "unknown_suppression"]),
        ("optreview: ignore-file[host_sync] why", ["host_sync", "unknown_suppression"]),
        ("optreview: ignore[data_attribute, host_sync] why", ["unused_suppression"]),
        ("optreview: ignore[unused_suppression, host_sync] why", ["unused_suppression"]),
    ],
)
def test_the_comment_itself_is_looked_at(lint: Lint, norm: Path, comment: str, rules: list[str]) -> None:
    norm.write_text(flawed(comment))
    done = lint(norm.name, "--format", "json")
    found = [issue["rule"] for issue in found_in(done)["issues"] if issue["kept"] is None]
    assert sorted(found) == rules
    assert done.code == 1


def test_only_rules_that_ran_and_code_that_was_read_tell_of_unused_suppressions(
    lint: Lint, here: Path
) -> None:
    unused = "optreview: ignore[data_attribute] why"
    second = flawed(unused, "Two").partition("\n\n\n")[2]
    (here / "norm.py").write_text(f"{flawed(unused)}\n\n{second}")

    def told(*words: str) -> list[int]:
        issues = found_in(lint(*words, "--format", "json"))["issues"]
        return [issue["line"] for issue in issues if issue["rule"] == "unused_suppression"]

    assert told("norm.py") == [LINE, 44]
    assert told("norm.py:Two") == [44]
    assert told("norm.py", "--select", "unused_suppression") == []
    assert told("norm.py", "--select", "unused_suppression,data_attribute") == [LINE, 44]
    far = flawed(unused).replace("torch.optim.Optimizer", "Base").replace("\n", "\nfrom far import Base\n", 1)
    (here / "norm.py").write_text(far)
    assert told("norm.py") == [], "the base class was not read"


def test_a_base_class_is_not_judged_without_its_subclasses(lint: Lint, here: Path) -> None:
    package = here / "pack"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "base.py").write_text(
        "import torch\nfrom abc import abstractmethod\n\n\nclass Base(torch.optim.Optimizer):\n"
        "    @abstractmethod\n    def scale(self, p): ...\n\n"
        "    @torch.no_grad()\n    def step(self, closure=None):\n"
        "        for group in self.param_groups:\n            for p in group['params']:\n"
        "                p.mul_(self.scale(p))  # optreview: ignore[data_attribute] why\n"
    )
    assert lint("pack/base.py").code == 0
