"""A small project that is checked on pull requests, in a temporary folder: what a reader of DEMO.md sees.

The project is a git repository with a package of two optimizers and a baseline. Changes are made to it, and
each is checked with the steps of action.yml by hand. Only GitHub is missing: a program in place of ``gh``
keeps the comments of each pull request.

    python -m benchmarks.gate.demo
"""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.gate.steps import Action, command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.gate.steps import Step

ROOT = Path(__file__).parents[2]
REPORT = Path(__file__).with_name("DEMO.md")
PROJECT = """\
[project]
name = "lean"
version = "1.0"

[tool.optreview]
targets = ["lean"]
budgets = [{ optimizer = "*", state = "1.0x AdamW" }]
"""
ADAM = """\
import torch


class Adam(torch.optim.Optimizer):
    \"\"\"Adam without weight decay.\"\"\"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["step"] = 0
                    state["exp_avg"] = torch.zeros_like(p)
                    state["exp_avg_sq"] = torch.zeros_like(p)
                state["step"] += 1
                state["exp_avg"].lerp_(p.grad, 1 - beta1)
                state["exp_avg_sq"].mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                scale = (1 - beta2 ** state["step"]) ** 0.5 / (1 - beta1 ** state["step"])
                denominator = state["exp_avg_sq"].sqrt().add_(group["eps"])
                p.addcdiv_(state["exp_avg"], denominator, value=-group["lr"] * scale)
"""
SIGN = """\
import torch


class Sign(torch.optim.Optimizer):
    \"\"\"The sign of a running mean, as in Lion.\"\"\"

    def __init__(self, params, lr=1e-4, beta=0.9):
        super().__init__(params, {"lr": lr, "beta": beta})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["exp_avg"] = torch.zeros_like(p)
                state["exp_avg"].lerp_(p.grad, 1 - group["beta"])
                update = state["exp_avg"].sign() * group["lr"]
                p.sub_(update)
"""


@dataclass(frozen=True)
class Edit:
    """One text in a file that becomes another."""

    file: str
    before: str
    after: str


@dataclass(frozen=True)
class Push:
    """What is pushed to a pull request; ``edits`` count from the main branch."""

    title: str
    number: int
    told: str
    edits: tuple[Edit, ...]


IN_PLACE = Edit(
    "lean/sign.py",
    '                update = state["exp_avg"].sign() * group["lr"]\n                p.sub_(update)\n',
    '                p.sub_(state["exp_avg"].sign(), alpha=group["lr"])\n',
)
MAXIMUM = Edit(
    "lean/adam.py",
    '                denominator = state["exp_avg_sq"].sqrt()',
    '                largest = state.setdefault("max_exp_avg_sq", torch.zeros_like(p))\n'
    '                torch.maximum(largest, state["exp_avg_sq"], out=largest)\n'
    "                denominator = largest.sqrt()",
)
HISTORY = Edit(
    "lean/sign.py",
    "                update =",
    '                state.setdefault("norms", []).append(p.grad.norm())\n                update =',
)
RENAMED = Edit("lean/adam.py", "denominator", "root")
PUSHES = (
    Push("A good change", 1, "One of two temporaries of `Sign` goes.", (IN_PLACE,)),
    Push(
        "A bad change",
        2,
        "`Adam` gets AMSGrad's maximum for everybody, and `Sign` keeps the norm of every gradient.",
        (MAXIMUM, HISTORY),
    ),
    Push(
        "The bad change, mended",
        2,
        "Both are taken back; a variable has another name. The comment is replaced.",
        (RENAMED,),
    ),
    Push("A change of nothing", 3, "A variable has another name, and there is nothing to say.", (RENAMED,)),
)
#: In place of GitHub's program: it keeps one file for each comment, and prints their numbers.
GH = """\
#!{python}
import os, pathlib, sys
words = sys.argv[1:]
place = pathlib.Path(os.environ["COMMENTS_KEPT"])
path = next(word for word in words if word.startswith("repos/"))
if "--jq" in words:
    number = path.split("/")[-2]
    print("\\n".join(each.name.split("-")[1] for each in sorted(place.glob(number + "-*"))))
else:
    body = next(word for word in words if word.startswith("body=@"))[len("body=@"):]
    if "POST" in words:
        number = path.split("/")[-2]
        target = place / (number + "-" + str(100 + len(list(place.iterdir()))))
    else:
        (target,) = place.glob("*-" + path.split("/")[-1])
    target.write_text(pathlib.Path(body).read_text())
"""


class Project:
    """The project in a temporary folder, and a place in which GitHub's programs and comments are."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.scratch = folder / "runner"
        self.comments = folder / "comments"
        programs = folder / "bin"
        for each in (self.checkout / "lean", self.scratch, self.comments, programs):
            each.mkdir(parents=True)
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COMMENTS_KEPT": str(self.comments),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        _program(programs / "gh", GH.format(python=sys.executable))
        _program(programs / "python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        _program(programs / "optreview", f'#!/bin/sh\nexec {sys.executable} -m optreview "$@"\n')
        self.files = {
            "pyproject.toml": PROJECT,
            "lean/__init__.py": "",
            "lean/adam.py": ADAM,
            "lean/sign.py": SIGN,
        }
        self.write(self.files)
        command(["git", "init", "-q"], self.checkout, self.environment)

    def write(self, files: dict[str, str]) -> None:
        """Write files of the checkout."""
        for name, text in files.items():
            (self.checkout / name).write_text(text, encoding="utf-8")

    def push(self, push: Push) -> list[Step]:
        """Make a change from the main branch on, and run the action's steps on it."""
        self.write(self.edited(push))
        values = {
            "github.action_path": str(ROOT),
            "github.repository": "some/where",
            "github.event.pull_request.number": str(push.number),
        }
        self.scratch.joinpath("summary.md").unlink(missing_ok=True)
        return Action(ROOT / "action.yml", self.scratch, values, self.environment).run(
            self.checkout, install="false", sarif="true"
        )

    def edited(self, push: Push) -> dict[str, str]:
        """The files with the change."""
        files = dict(self.files)
        for edit in push.edits:
            assert edit.before in files[edit.file]
            files[edit.file] = files[edit.file].replace(edit.before, edit.after)
        return files

    def difference(self, push: Push) -> str:
        """The change as a diff."""
        after = self.edited(push)
        lines = [
            line
            for name, text in self.files.items()
            for line in difflib.unified_diff(
                text.splitlines(keepends=True), after[name].splitlines(keepends=True), name, name, n=1
            )
        ]
        return "".join(lines)

    def comment(self, number: int) -> str | None:
        """The comment of a pull request; there is one at most."""
        found = list(self.comments.glob(f"{number}-*"))
        assert len(found) <= 1
        return found[0].read_text(encoding="utf-8") if found else None


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def told(project: Project, push: Push, steps: Sequence[Step], before: str | None) -> Iterator[str]:
    """A change, the steps that checked it, and the comment."""
    yield from (f"## {push.title}", "", f"Pull request {push.number}. {push.told}", "")
    yield from ("```diff", project.difference(push).rstrip(), "```", "")
    yield from ("| step | exit code |", "|---|---|")
    for step in steps:
        yield f"| {step.name} | {step.output if step.code is None else step.code} |"
    checked = next(step for step in steps if step.name == "Check")
    yield from ("", "The log of the check:", "", "```text", checked.output.rstrip(), "```", "")
    comment = project.comment(push.number)
    if comment is None:
        yield "No comment is made."
    else:
        verb = "made" if before is None else "unchanged" if before == comment else "replaced"
        yield from (
            f"The comment, which is {verb}:",
            "",
            *(f"> {line}".rstrip() for line in comment.splitlines()),
        )
    yield ""


def main() -> None:
    """Write DEMO.md anew."""
    lines = [
        "# The gate on a small project",
        "",
        "`python -m benchmarks.gate.demo` made this: a project with two optimizers in a temporary folder,",
        "its baseline, four changes, and for each the steps of `action.yml` by hand, with a program in the",
        "place of GitHub's. Steps that use another action are not run by hand.",
        "",
        "```toml",
        PROJECT.partition("\n\n")[2].rstrip(),
        "```",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        update = command(
            ["optreview", "baseline", "update", "--quiet"], project.checkout, project.environment
        )
        assert update.code == 0, update.output
        ends = []
        for push in PUSHES:
            before = project.comment(push.number)
            steps = project.push(push)
            ends.append(steps[-1].code)
            lines += told(project, push, steps, before)
    REPORT.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    assert ends == [0, 1, 0, 0], f"the good change passes and the bad one fails: {ends}"


if __name__ == "__main__":
    main()
