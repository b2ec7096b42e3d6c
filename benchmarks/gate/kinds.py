"""Families of shapes, and what a project asks for: one regression of each kind on copies of real optimizers.

Classes of ``torch_optimizer`` are copied into a temporary folder and get a baseline as they are. Then each is
changed in one way, and checked in every format. KINDS.md is what was said; what must be said is asserted.

    python -m benchmarks.gate.kinds
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.gate.steps import command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.gate.steps import Step

ROOT = Path(__file__).parents[2]
REPORT = Path(__file__).with_name("KINDS.md")
PACKAGE = "torch_optimizer"
PROJECT = """\
[project]
name = "lab"
version = "1.0"

[tool.optreview]
targets = ["lab"]
probes = true
lint = true
budgets = [{ optimizer = "AggMo", on = "vit-large", steady_transient = "4 MiB" }]
"""
FORMATS = ("github", "json", "junit.xml", "markdown", "sarif", "badge")


@dataclass(frozen=True)
class Regression:
    """A change of one class, and what must be said of it.

    Attributes:
        kind: The list of the record that must have it; empty where nothing may be said.
        name: What it must be about.
    """

    told: str
    file: str
    before: str
    after: str
    kind: str = ""
    name: str = ""


REGRESSIONS = (
    Regression(
        "A buffer for matrices alone, as Muon has one.",
        "adamod",
        "state['step'] = 0\n",
        "state['step'] = 0; state['mu'] = torch.zeros_like(p) if p.dim() == 2 else None\n",
        "changes",
        "matrix",
    ),
    Regression(
        "A buffer for convolutions alone: in all parameters of the model that is run, 0.006 bytes.",
        "diffgrad",
        "state['step'] = 0\n",
        "state['step'] = 0; state['patch'] = torch.zeros_like(p) if p.dim() > 2 else None\n",
        "changes",
        "conv",
    ),
    Regression(
        "A temporary in the size of the parameter, over a budget on ViT-L.",
        "aggmo",
        "p.data.sub_(buf, alpha=group['lr'] / total_mom)",
        "p.data.sub_(buf * (group['lr'] / total_mom))",
        "model_breaches",
        "vit-large",
    ),
    Regression(
        "Parameters without a gradient are no longer passed over.",
        "adabound",
        "                if p.grad is None:\n                    continue\n",
        "",
        "probes",
        "missing_gradients_skipped",
    ),
    Regression(
        "A gradient's norm is read back to the host.",
        "qhm",
        "                param_state = self.state[p]\n",
        "                if float(d_p.norm()) == 0.0:\n                    continue\n"
        "                param_state = self.state[p]\n",
        "lint",
        "host_sync",
    ),
    Regression(
        "A scalar for each tensor: nothing.",
        "novograd",
        "state['step'] = 0\n",
        "state['step'] = 0; state['count'] = torch.zeros(())\n",
    ),
)


class Lab:
    """The copies in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = Path(find_spec(PACKAGE).origin or "").parent  # type: ignore[union-attr]  # the tests have it
        (folder / "lab").mkdir()
        (folder / "lab" / "__init__.py").write_text("", encoding="utf-8")
        shutil.copy(self.source / "types.py", folder / "lab")
        (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
        for each in REGRESSIONS:
            shutil.copy(self.source / f"{each.file}.py", folder / "lab")

    def change(self, each: Regression) -> str:
        """Make a change, and give it as a diff."""
        path = self.folder / "lab" / f"{each.file}.py"
        before = path.read_text(encoding="utf-8")
        assert before.count(each.before) == 1, (each.file, each.before)
        after = before.replace(each.before, each.after)
        path.write_text(after, encoding="utf-8")
        name = f"lab/{each.file}.py"
        lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
        return "".join(difflib.unified_diff(*lines, name, name, n=1))

    def run(self, *words: str) -> Step:
        """A command of optreview's."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(self.folder / ".cache")}
        return command([sys.executable, "-m", "optreview", *words], self.folder, environment)


def named(each: Regression, classes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The class of a change, with what was said of it; it must be what the change does."""
    name, found = next((n, c) for n, c in classes.items() if n.startswith(f"lab.{each.file}:"))
    if not each.kind:
        assert found["verdict"] == "same", found
        return name, found
    worse = [_subject(one) for one in found[each.kind] if one.get("verdict", "worse") == "worse"]
    assert found["verdict"] == "worse", found
    assert each.name in worse, (name, worse)
    return name, found


def _subject(said: dict[str, Any]) -> str:
    """What a part of the record is about: a family of shapes, a model, a probe or a rule."""
    about = (said.get(key) for key in ("family", "model", "probe", "rule"))
    return next(filter(None, about), ", ".join(said.get("only", ())))


def told(lab: Lab) -> Iterator[str]:
    """The report."""
    yield from ("# One regression of each kind", "")
    yield from (
        "`python -m benchmarks.gate.kinds` made this: classes of `torch_optimizer` in a temporary folder,",
    )
    yield from (
        "a baseline of them as they are, one change of each, and `optreview check` on all of them.",
        "",
    )
    yield from ("```toml", PROJECT.partition("\n\n")[2].rstrip(), "```", "")
    first = lab.run("baseline", "update", "--quiet")
    assert first.code == 0, first.output
    unchanged = lab.run("check", "--quiet", "--no-cache")
    assert unchanged.code == 0, unchanged.output
    yield from ("Unchanged, in processes that know nothing of the first measurement:", "")
    yield from ("```text", unchanged.output.rstrip(), "```", "")
    diffs = [lab.change(each) for each in REGRESSIONS]
    files = [f"--format={each.partition('.')[0]}={lab.folder / each}" for each in FORMATS]
    done = lab.run("check", "--quiet", "--format", "text", *files)
    assert done.code == 1, done.output
    record = json.loads((lab.folder / "json").read_text(encoding="utf-8"))
    classes = {each["optimizer"]: each for each in record["optimizers"]}
    blocks = done.output.rstrip().split("\nworse: ")
    for each, diff in zip(REGRESSIONS, diffs, strict=True):
        name, _ = named(each, classes)
        yield from (f"## {each.told.rstrip('.')}", "", "```diff", diff.rstrip(), "```", "")
        said = [
            block.removeprefix("worse: ")
            for block in blocks
            if block.removeprefix("worse: ").startswith(name)
        ]
        if said:
            lines = [line for line in said[0].splitlines() if line.startswith((name, "  "))]
            yield from ("```text", "worse: " + "\n".join(lines), "```", "")
        else:
            yield from (f"`{name}` is unchanged.", "")
    comment = (lab.folder / "markdown").read_text(encoding="utf-8")
    yield from (
        "## The comment on all of them",
        "",
        *(f"> {line}".rstrip() for line in comment.splitlines()),
        "",
    )
    annotations = (lab.folder / "github").read_text(encoding="utf-8").count("::error")
    results = json.loads((lab.folder / "sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    kinds = sorted({result["ruleId"] for result in results})
    yield f"GitHub gets {annotations} annotations; SARIF has {len(results)} results of {', '.join(kinds)}."


def main() -> None:
    """Write KINDS.md anew."""
    with tempfile.TemporaryDirectory() as folder:
        lines = list(told(Lab(Path(folder))))
    REPORT.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
