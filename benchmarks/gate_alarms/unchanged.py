"""A/A: unchanged optimizers, checked again and again where everything but them is another.

Every round is a command of its own, without the cache, against one baseline, made in the first environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

TARGETS = ("torch.optim", "torch_optimizer")
ROUNDS = 4
#: Left out of the environment that has no optional packages.
_OPTIONAL = ("numpy", "opt_einsum", "scipy", "pandas")


@dataclass(frozen=True)
class Surroundings:
    """An environment: what it is in words, and what differs in it."""

    name: str
    told: str
    python: str = sys.executable
    variables: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


class Round(msgspec.Struct):
    """One command: how many optimizers got which verdict, and how loaded the machine was."""

    surroundings: str
    told: str
    verdicts: dict[str, int]
    unlike: list[str]
    seconds: float
    load: float


def environments(scratch: Path) -> list[Surroundings]:
    """Three environments."""
    return [
        Surroundings("plain", "as the baseline was made"),
        Surroundings(
            "other settings",
            "another language, time zone, hash seed and number of threads, outside the box",
            variables={
                "LC_ALL": "C",
                "LANG": "C",
                "TZ": "Asia/Kathmandu",
                "PYTHONHASHSEED": "12345",
                "OMP_NUM_THREADS": "8",
            },
            options=("--no-sandbox",),
        ),
        Surroundings(
            "bare",
            f"a virtual environment without {', '.join(_OPTIONAL)}",
            python=str(_bare(scratch / "bare")),
        ),
    ]


def _bare(folder: Path) -> Path:
    """A virtual environment with links to everything that is installed here but the optional packages."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        here = Path(sysconfig.get_paths()["purelib"])
        there = next((folder / "lib").glob("python*/site-packages"))
        for entry in here.iterdir():
            if not entry.name.lower().startswith(_OPTIONAL):
                (there / entry.name).symlink_to(entry)
    return python


def measure(scratch: Path) -> list[Round]:
    """The rounds of all environments, by turns."""
    scratch.mkdir(parents=True, exist_ok=True)
    places = environments(scratch)
    if not (scratch / "optreview-baseline.toml").exists():
        _run(places[0], scratch, "baseline", "update", *TARGETS, "--no-cache", "-q")
    found: list[Round] = []
    for number in range(ROUNDS):
        for place in places:
            kept = scratch / f"{number}-{place.name.replace(' ', '-')}.json"
            if not kept.exists():
                kept.write_bytes(msgspec.json.encode(_round(place, scratch)))
            found.append(msgspec.json.decode(kept.read_bytes(), type=Round))
    return found


def _round(place: Surroundings, scratch: Path) -> Round:
    began = time.monotonic()
    said = _run(place, scratch, "check", *TARGETS, "--no-cache", *place.options, "--format", "json")
    classes = json.loads(said)["optimizers"]
    unlike = [f"{each['verdict']}: {each['optimizer']}" for each in classes if each["verdict"] != "same"]
    return Round(
        surroundings=place.name,
        told=place.told,
        verdicts=dict(Counter(each["verdict"] for each in classes)),
        unlike=sorted(unlike),
        seconds=round(time.monotonic() - began),
        load=round(os.getloadavg()[1], 1),
    )


def _run(place: Surroundings, folder: Path, *arguments: str) -> str:
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [place.python, "-m", "optreview", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root, **place.variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1, 3} or (not done.stdout and "check" in arguments):
        raise SystemExit(f"{place.name}: {done.stderr}")
    return done.stdout
