"""The action, the hooks and the documents' examples: each command line in them is one of the real program."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from benchmarks.gate.steps import Action, Step
from optreview.cli import check, lint, outputs
from optreview.cli.group import COMMANDS, optreview
from optreview.report.check_formats import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
EXAMPLES = [
    yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
]

#: Stands for a program on the path: writes down how it was called, and does what the test says.
STAND_IN = """\
#!{python} -SE
import json, os, sys
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([name, *words]) + "\\n")
if name == "gh":
    if "--jq" in words:
        print(os.environ.get("FOUND", ""), end="")
    sys.exit(int(os.environ.get("REFUSED", "0")))
if name == "python":
    if words[:2] != ["-m", "pip"]:
        os.execv({python!r}, ["python", *words])
if name == "optreview":
    for each in words if os.environ.get("VERDICT") else ():
        form, _, path = each.partition("=")
        if path:
            found = {{"optimizers": [{{"verdict": os.environ["VERDICT"]}}]}}
            open(path, "w").write(json.dumps(found) if form == "json" else f"::{{form}}\\n")
    sys.exit(int(os.environ.get("CODE", "0")))
"""


class Run:
    """The action by hand, with programs that only write down how they are called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        for name in ("gh", "optreview", "python"):
            (self.programs / name).write_text(STAND_IN.format(python=sys.executable), encoding="utf-8")
            (self.programs / name).chmod(0o755)

    def __call__(
        self, values: dict[str, str] | None = None, *, given: dict[str, str] | None = None, **more: str
    ) -> Any:
        calls = self.folder / "calls"
        calls.write_text("", encoding="utf-8")
        environment = {"PATH": f"{self.programs}:{os.environ['PATH']}", "CALLS": str(calls), **more}
        here = {"github.action_path": str(ROOT), "github.repository": "some/where", **(values or {})}
        self.steps = Action(ROOT / "action.yml", self.folder, here, environment).run(
            self.folder, **(given or {})
        )
        self.calls = [json.loads(line) for line in calls.read_text(encoding="utf-8").splitlines()]
        return self

    def of(self, program: str) -> list[list[str]]:
        return [words[1:] for words in self.calls if words[0] == program]

    def step(self, name: str) -> Step:
        (found,) = [each for each in self.steps if each.name == name]
        return found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


#: What GitHub has for every run of an action.
GITHUB = {
    "github.action_path",
    "github.event.pull_request.number",
    "github.repository",
    "github.sha",
    "github.token",
    "runner.os",
    "runner.temp",
}
PULL = {"github.event.pull_request.number": "7"}


def parsed(words: Sequence[str]) -> Any:
    """What click makes of a command line; it raises where the program would refuse it."""
    name, *rest = words
    assert name in COMMANDS
    command = optreview.get_command(None, name)  # type: ignore[arg-type]  # it looks at the name alone
    assert command is not None
    parameters = command.make_context(name, list(rest)).params
    formats = {"check": check.FORMATS, "lint": lint.FORMATS}.get(name)
    if formats is not None:
        outputs.parse(parameters["formats"], formats, "text", parameters["output"])
    return parameters


# ---- the action


def test_the_action_checks_with_every_format_at_once(run: Run) -> None:
    run(VERDICT="same")
    (words,) = run.of("optreview")
    parameters = parsed(words)
    assert parameters["targets"] == ()
    assert [each.partition("=")[0] for each in parameters["formats"]] == [
        "text",
        "github",
        "json",
        "markdown",
        "sarif",
        "junit",
        "badge",
    ]
    assert [each.code for each in run.steps] == [0, None, 0, None, None, 0]
    assert run.of("python")[0] == ["-m", "pip", "install", str(ROOT)]


def test_the_action_hands_on_what_it_is_given(run: Run) -> None:
    given = {
        "targets": "pack\nother:Adam",
        "baseline": "a b.toml",
        "arguments": "--timeout 120",
        "install": "false",
    }
    run(given=given, VERDICT="same")
    parameters = parsed(run.of("optreview")[0])
    assert parameters["targets"] == ("pack", "other:Adam")
    assert (str(parameters["baseline"]), parameters["timeout"]) == ("a b.toml", 120.0)
    assert run.of("python") == []


def test_what_the_action_is_given_is_never_run(run: Run) -> None:
    given = {"targets": "$(touch harm) `touch harm`; touch harm", "baseline": '"; touch harm; "'}
    run(given=given, VERDICT="same")
    assert not (run.folder / "harm").exists()
    (words,) = run.of("optreview")
    assert words[words.index("--baseline") + 1] == '"; touch harm; "'
    assert "$(touch" in words


@pytest.mark.parametrize("code", ["0", "1", "2", "3"])
def test_the_action_ends_as_the_check_does_and_annotates_first(run: Run, code: str) -> None:
    run(CODE=code, VERDICT="worse" if code != "0" else "same")
    assert run.step("Result").code == int(code)
    assert run.step("Check").output.splitlines()[-1] == "::github"


def test_a_check_that_compared_nothing_is_an_error_and_no_comment(run: Run) -> None:
    run(PULL, given={"sarif": "true"}, CODE="3")
    assert "::error::optreview check ended with 3 before" in run.step("Check").output
    assert run.step("Comment").code is None
    assert run.step("Upload for code scanning").output.startswith("not run: its condition")
    assert run.step("Result").code == 3


@pytest.mark.parametrize(
    ("verdict", "found", "method", "place"),
    [
        ("worse", "", "POST", "repos/some/where/issues/7/comments"),
        ("better", "", "POST", "repos/some/where/issues/7/comments"),
        ("same", "", None, None),
        ("worse", "12\n34\n", "PATCH", "repos/some/where/issues/comments/12"),
        ("same", "12\n", "PATCH", "repos/some/where/issues/comments/12"),
    ],
)
def test_one_comment_is_made_and_replaced(
    run: Run, verdict: str, found: str, method: str | None, place: str | None
) -> None:
    run(PULL, VERDICT=verdict, FOUND=found)
    search, *written = run.of("gh")
    assert search[:3] == ["api", "--paginate", "repos/some/where/issues/7/comments"]
    assert markdown.MARKER in search[search.index("--jq") + 1]
    expected = [method, place, "--field", f"body=@{run.folder}/optreview/comment.md"]
    assert [words[3:] for words in written] == ([expected] if method else [])


def test_a_token_that_may_not_write_fails_nothing(run: Run) -> None:
    run(PULL, VERDICT="worse", CODE="1", REFUSED="1")
    assert run.step("Comment").code == 0
    assert "::notice::optreview could not comment" in run.step("Comment").output
    assert run.step("Result").code == 1


def test_without_a_pull_request_there_is_no_comment(run: Run) -> None:
    run(VERDICT="worse")
    assert run.of("gh") == []


def test_the_action_uses_github_s_own_actions_alone_and_pins_them() -> None:
    used = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert used
    for each in used:
        assert re.fullmatch(r"(actions/[\w-]+|github/codeql-action/[\w-]+)@[0-9a-f]{40}", each)


def test_the_action_asks_for_values_that_there_are() -> None:
    named = set(
        re.findall(r"\$\{\{ ([\w.-]+) \}\}|([\w.-]+) (?:==|!=) '", (ROOT / "action.yml").read_text("utf-8"))
    )
    names = {one or other for one, other in named}
    given = {f"inputs.{each}" for each in ACTION["inputs"]}
    written = set(re.findall(r'echo "(\w+)=', str(ACTION["runs"]["steps"])))
    assert names <= given | {f"steps.check.outputs.{each}" for each in written} | GITHUB
    assert given <= names


def test_no_value_from_outside_stands_in_a_shell_text() -> None:
    assert [step["name"] for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")] == []


# ---- hooks and examples


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_command_of_every_hook_is_understood(hook: dict[str, Any]) -> None:
    program, *words = shlex.split(hook["entry"])
    assert program == "optreview"
    parsed([*words, *shlex.split(" ".join(hook.get("args", [])))])
    assert f"`{hook['id']}`" in README


def steps_of(example: Any) -> list[dict[str, Any]]:
    jobs = example.get("jobs", {}).values() if isinstance(example, dict) else ()
    return [step for job in jobs for step in job["steps"]]


def scripts_of(example: Any) -> list[str]:
    """The lines of a GitLab job."""
    jobs = example.values() if isinstance(example, dict) else ()
    return [line for job in jobs if isinstance(job, dict) for line in job.get("script", ())]


def test_the_examples_give_the_action_what_it_takes() -> None:
    uses = [step for example in EXAMPLES for step in steps_of(example) if "optreview" in step.get("uses", "")]
    assert uses
    for step in uses:
        assert step.get("with", {}).keys() <= ACTION["inputs"].keys()


def test_every_command_line_of_the_examples_is_understood() -> None:
    lines = [line for example in EXAMPLES for line in scripts_of(example)]
    lines += [step["run"] for example in EXAMPLES for step in steps_of(example) if "run" in step]
    commands = [shlex.split(line) for line in lines if line.startswith("optreview ")]
    assert commands
    for _, *words in commands:
        parsed(words)


def test_the_examples_name_hooks_that_there_are() -> None:
    repos = [repo for example in EXAMPLES if isinstance(example, dict) for repo in example.get("repos", ())]
    named = {hook["id"] for repo in repos for hook in repo["hooks"]}
    assert named
    assert named <= {hook["id"] for hook in HOOKS}
