"""The steps of action.yml by hand: their own ``run`` texts, in bash, with GitHub's expressions filled in.

Only what the action uses is understood: a value by its name, and conditions that compare a value with a
string, joined by ``&&``. Anything else is an error, so that the action cannot outgrow this without being
noticed. Steps that use another action are not run, and are named as such.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_EXPRESSION = re.compile(r"\$\{\{ ([\w.-]+) \}\}")
_CONDITION = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")


@dataclass(frozen=True)
class Step:
    """What became of one step; ``code`` is None where it was not run, and ``output`` says why then."""

    name: str
    code: int | None
    output: str


class Action:
    """An action that is run by hand.

    Args:
        path: Its file.
        scratch: A folder for what GitHub's runner keeps: outputs of steps, the summary, temporary files.
        values: What the expressions stand for, by name, but for inputs and outputs of steps.
        environment: Of the shell, besides that of this process.
    """

    def __init__(
        self, path: Path, scratch: Path, values: Mapping[str, str], environment: Mapping[str, str]
    ) -> None:
        self.description: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.summary = scratch / "summary.md"
        self._outputs = scratch / "outputs"
        self._values = {"runner.temp": str(scratch), **values}
        self._environment = {
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(self._outputs),
            **environment,
        }

    def run(self, folder: Path, **given: str) -> list[Step]:
        """Run the steps in a checkout, until one fails, as a job does."""
        known = self.description["inputs"]
        if unknown := given.keys() - known.keys():
            raise KeyError(f"the action has no input {', '.join(sorted(unknown))}")
        inputs = {f"inputs.{name}": given.get(name, each["default"]) for name, each in known.items()}
        values = {**self._values, **inputs}
        done: list[Step] = []
        for step in self.description["runs"]["steps"]:
            found = self._step(step, values, folder)
            done.append(found)
            if found.code:
                break
        return done

    def _step(self, step: Mapping[str, Any], values: dict[str, str], folder: Path) -> Step:
        name = step["name"]
        if not _holds(step.get("if", ""), values):
            return Step(name, None, f"not run: its condition is {step['if']}")
        if "uses" in step:
            return Step(name, None, f"not run: it is {step['uses']}")
        self._outputs.write_text("", encoding="utf-8")
        own = {key: filled(text, values) for key, text in step.get("env", {}).items()}
        done = command(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            folder / filled(step.get("working-directory", "."), values),
            {**self._environment, **own},
            name,
        )
        for line in self._outputs.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            values[f"steps.{step['id']}.outputs.{key}"] = value
        return done


def command(words: Sequence[str], folder: Path, environment: Mapping[str, str], name: str = "") -> Step:
    """A program, found on the path of the environment that it gets besides that of this process."""
    whole = {**os.environ, **environment}
    done = subprocess.run(
        [shutil.which(words[0], path=whole["PATH"]) or words[0], *words[1:]],
        cwd=folder,
        env=whole,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Step(name, done.returncode, done.stdout)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with each expression replaced by what it stands for; nothing where it has no value."""
    told = _EXPRESSION.sub(lambda found: values.get(found[1], ""), text)
    if "${{" in told:
        raise ValueError(f"an expression that is not understood: {text}")
    return told


def _holds(condition: str, values: Mapping[str, str]) -> bool:
    for part in condition.split(" && ") if condition else ():
        found = _CONDITION.fullmatch(part)
        if found is None:
            raise ValueError(f"a condition that is not understood: {condition}")
        name, operator, wanted = found.groups()
        if (values.get(name, "") == wanted) != (operator == "=="):
            return False
    return True
