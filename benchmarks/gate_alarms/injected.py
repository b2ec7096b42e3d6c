"""Regressions put into copies of real optimizers: each must be caught, and its buffer and line named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

PACKAGE = "torch_optimizer"
_KEEPER = """\
def _keeper():
    kept = {}
    return lambda p: kept.setdefault(id(p), torch.zeros_like(p))


_KEEP = _keeper()


class Yogi("""
#: An optimizer of torch's own behind a default of the project's.
_WRAPPED = """\
import torch


class Adam(torch.optim.Adam):
    def __init__(self, params, lr=1e-3, foreach=False):
        super().__init__(params, lr=lr, foreach=foreach)
"""


@dataclass(frozen=True)
class Injection:
    """A change of one class, and what must be said of it.

    Attributes:
        edits: Texts of the file, and what stands there instead.
        figure: The figure that must be worse; empty where nothing may be.
        key: What the name of the buffer, or of what grows, must hold.
        line: What the line that is named must hold.
    """

    told: str
    file: str
    edits: tuple[tuple[str, str], ...]
    figure: str = ""
    key: str = ""
    line: str = ""


INJECTIONS = (
    Injection(
        "an extra buffer",
        "diffgrad",
        (("state['step'] = 0\n", "state['step'] = 0; state['slow'] = torch.zeros_like(p)\n"),),
        "state",
        "slow",
        "state['slow']",
    ),
    Injection(
        "a buffer in float32 for bfloat16 parameters",
        "adamod",
        (
            (
                "state['exp_avg_lr'] = torch.zeros_like(",
                "state['exp_avg_lr'] = torch.zeros_like(dtype=torch.float32, input=",
            ),
        ),
        "state",
        "exp_avg_lr",
        "state['exp_avg_lr']",
    ),
    Injection(
        "an out-of-place temporary",
        "aggmo",
        (
            (
                "p.data.sub_(buf, alpha=group['lr'] / total_mom)",
                "p.data.sub_(buf * (group['lr'] / total_mom))",
            ),
        ),
        "steady_transient",
        "",
        "buf * (group['lr']",
    ),
    Injection(
        "a view that keeps its base alive",
        "lamb",
        (
            (
                "state['exp_avg'] = torch.zeros_like(",
                "state['exp_avg'] = torch.zeros_like(torch.stack([p, p]))[0]; torch.zeros_like(",
            ),
        ),
        "state",
        "exp_avg",
        "torch.stack([p, p])",
    ),
    Injection(
        "a list that grows",
        "adabound",
        (("state['step'] += 1\n", "state['step'] += 1; state.setdefault('past', []).append(grad.norm())\n"),),
        "growth",
        "past",
        "setdefault('past'",
    ),
    Injection(
        "state hidden in a closure",
        "yogi",
        (("class Yogi(", _KEEPER), ("state['step'] += 1\n", "state['step'] += 1; _KEEP(p).add_(grad)\n")),
        "hidden",
        "kept",
        "kept.setdefault",
    ),
    Injection(
        "foreach made the default", "adam", (("foreach=False", "foreach=True"),), "steady_transient", "", ""
    ),
    Injection(
        "a scalar for each tensor",
        "novograd",
        (("state['step'] = 0\n", "state['step'] = 0; state['count'] = torch.zeros(())\n"),),
    ),
    Injection("other names only", "qhm", (("d_p", "gradient"),)),
)


class Found(msgspec.Struct):
    """What the check said of an injection."""

    told: str
    optimizer: str
    verdict: str
    right: bool
    said: str


def measure(scratch: Path) -> list[Found]:
    """Put the package into a checkout, the injections into its working tree, and check these."""
    shutil.rmtree(scratch, ignore_errors=True)
    _write(scratch, changed=False)
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "as published")):
        _git(scratch, *arguments)
    _write(scratch, changed=True)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "optreview",
            "check",
            "lab",
            "--against",
            "HEAD",
            "--no-cache",
            "--format",
            "json",
        ],
        cwd=scratch,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 1:
        raise SystemExit(f"exit code {done.returncode}: {done.stderr}")
    found = {each["optimizer"]: each for each in json.loads(done.stdout)["optimizers"]}
    return [_found(each, found) for each in INJECTIONS]


def _write(scratch: Path, *, changed: bool) -> None:
    folder = scratch / "lab"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text("", encoding="utf-8")
    source = Path(find_spec(PACKAGE).origin or "").parent  # type: ignore[union-attr]  # a requirement of the tests
    shutil.copy(source / "types.py", folder)
    for each in INJECTIONS:
        path = source / f"{each.file}.py"
        text = path.read_text(encoding="utf-8") if path.exists() else _WRAPPED
        for before, after in each.edits if changed else ():
            if before not in text:
                raise SystemExit(f"{each.file} has no {before!r}")
            text = text.replace(before, after)
        (folder / f"{each.file}.py").write_text(text, encoding="utf-8")


def _git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=n", "-c", "user.email=n@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)  # noqa: S607


def _found(injection: Injection, classes: dict[str, Any]) -> Found:
    name, each = next((n, e) for n, e in classes.items() if n.startswith(f"lab.{injection.file}:"))
    if not injection.figure:
        return Found(injection.told, name, each["verdict"], each["verdict"] == "same", "")
    keys, lines = _named(injection.figure, each)
    right = each["verdict"] == "worse" and any(injection.key in key for key in keys)
    right = right and any(injection.line in line for line in lines or [""])
    said = ", ".join(sorted({f"`{key}`" for key in keys if key} | {f"`{line}`" for line in lines}))
    return Found(injection.told, name, each["verdict"], right, said)


def _named(figure: str, each: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The buffers and the lines that are named for a figure."""
    if figure == "growth":
        growth = each["growth"] or {"holders": [], "places": []}
        return growth["holders"], [place["source"] for place in growth["places"]]
    changes = [c for c in each["changes"] if c["figure"] == figure and c["verdict"] == "worse"]
    parts = [part for change in changes for part in change["parts"]]
    places = [place for held in (*changes, *parts) for place in held["places"]]
    keys = [part["key"] for part in parts] or ([""] if changes else [])
    return keys, sorted({place["source"] for place in places})
