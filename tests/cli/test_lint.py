"""``lint``: what is found, what is kept, what cannot be read, and the exit code for each."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import jsonschema
import pytest

from optreview import resources
from optreview.cli import group
from optreview.evidence import static

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Run

FLAWED = """\
import torch


class {name}(torch.optim.Optimizer):
    def __init__(self, params, lr: float = 1e-3) -> None:
        if lr < 0.0:
            raise ValueError("lr must not be negative")
        super().__init__(params, {{"lr": lr}})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if p.grad.is_sparse:
                    raise RuntimeError("no sparse gradients")
                p.add_(p.grad, alpha=-group["lr"] * p.norm().item()){comment}
        return loss
"""
#: The line of the step that reads a tensor back to the host, its only flaw.
LINE = 22
PLACE = f"{LINE}:53"
MESSAGE = "warning host_sync `item` reads a tensor back to the host."
PROJECT = "[tool.optreview]\n"


def flawed(comment: str = "", name: str = "Norm") -> str:
    return FLAWED.format(name=name, comment=f"  # {comment}" if comment else "")


CLEAN = FLAWED.format(name="Plain", comment="").replace(" * p.norm().item()", "")


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What is printed, without the count of notes, which grows with the catalogue."""
        return re.sub(r" \d+ more with --all\.", "", self.out).splitlines()


class Lint(Protocol):
    def __call__(self, *words: str | Path) -> Done: ...


@pytest.fixture
def lint(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lint:
    """``lint("a.py")`` in an empty folder, in this process."""
    monkeypatch.chdir(here)

    def lint(*words: str | Path) -> Done:
        with pytest.raises(SystemExit) as leaving:
            group.main(["lint", *map(str, words)])
        printed = capsys.readouterr()
        assert isinstance(leaving.value.code, int)
        return Done(leaving.value.code, printed.out, printed.err)

    return lint


@pytest.fixture
def norm(here: Path) -> Path:
    path = here / "norm.py"
    path.write_text(flawed())
    return path


def found_in(done: Done) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(done.out)
    schema = json.loads(resources.lint_schema().read_text(encoding="utf-8"))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(record)) == []
    return record


# ---- exit codes


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


# ---- targets


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


# ---- what is shown


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


# ---- what is kept


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


# ---- the project's configuration


def test_the_project_says_what_to_lint_and_what_fails(lint: Lint, here: Path, norm: Path) -> None:
    (here / "pyproject.toml").write_text(f'{PROJECT}targets = ["norm.py"]\nfail_on = "error"\n')
    assert lint().code == 0
    assert MESSAGE in lint().out
    assert lint("--fail-on", "warning").code == 1
    (here / "pyproject.toml").write_text(
        f'{PROJECT}targets = ["norm.py"]\nseverity = {{host_sync = "error"}}\n'
    )
    assert lint().out.startswith(f"norm.py:{PLACE}: error host_sync ")
    (here / "pyproject.toml").write_text(f'{PROJECT}targets = ["norm.py"]\nselect = ["data-attribute"]\n')
    assert lint().code == 0
    assert lint("--select", "host_sync").code == 1


def test_targets_count_from_the_project_s_file(
    lint: Lint, here: Path, norm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").write_text(f'{PROJECT}targets = ["norm.py"]\n')
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    assert lint().code == 1


def accepted(path: str = "*", rule: str = "host_sync") -> str:
    return (
        f'{PROJECT}targets = ["norm.py"]\n\n[[tool.optreview.ignore]]\n'
        f'rule = "{rule}"\npath = "{path}"\nreason = "as published"\n'
    )


def test_the_project_accepts_findings_with_a_reason(lint: Lint, here: Path, norm: Path) -> None:
    (here / "pyproject.toml").write_text(accepted("norm.*"))
    (issue,) = found_in(lint("--format", "json"))["issues"]
    assert issue["kept"] == {"by": "project", "reason": "as published"}
    assert lint().code == 0


@pytest.mark.parametrize(("path", "rule"), [("other.py", "host_sync"), ("*", "data_attribute")])
def test_what_the_project_accepts_in_vain_is_told_when_all_of_it_was_linted(
    lint: Lint, here: Path, norm: Path, path: str, rule: str
) -> None:
    (here / "pyproject.toml").write_text(accepted(path, rule))
    told = f"pyproject.toml:7:1: warning unused_suppression The project accepts `{rule}` in `{path}`"
    assert told in lint().out
    assert "unused_suppression" not in lint(norm.name).out
    assert "unused_suppression" not in lint("--ignore", rule).out


def test_a_key_that_there_is_not_is_one_sentence(lint: Lint, here: Path, norm: Path) -> None:
    (here / "pyproject.toml").write_text(f"{PROJECT}fail-on = 'error'\n")
    done = lint(norm.name)
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'fail_on'" in done.err


# ---- hostile input

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


# ---- the process


def test_torch_is_never_imported(here: Path, norm: Path) -> None:
    source = (
        "import sys\nfrom optreview.cli import main\n"
        "try:\n    main(['lint', 'norm.py', '--format', 'sarif'])\n"
        "finally:\n    print({'torch', 'jinja2', 'numpy'} & set(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=here, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (1, "set()\n")


def test_the_command_line_runs_as_a_hook_runs_it(run: Run, here: Path, norm: Path) -> None:
    (here / "plain.py").write_text(CLEAN)
    done = run("lint", "norm.py", "plain.py", NO_COLOR="1")
    assert done.returncode == 1
    assert done.stdout.startswith(f"norm.py:{PLACE}: {MESSAGE}\n1 warning in 2 optimizers of 2 files.")
    assert done.stderr == ""
