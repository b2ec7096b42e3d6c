"""How long a review takes, as ratios to ``import torch`` measured in the same run.

Absolute seconds say more about the machine than about optreview, so every round times each command once, one
after the other, and the medians over the rounds are compared. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

#: An installed package has its bytecode beside it; one that is run from a checkout may keep it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
HERE = "{here}"  # stands for a fresh temporary folder in a command


@dataclass(frozen=True)
class Goal:
    """One command's time divided by another's, and what the ratio must stay below, if anything."""

    command: str
    beside: str
    below: float | None


GOALS = (
    Goal("lint", "import torch", 0.35),
    Goal("analyze --static", "import torch", 0.4),
    Goal("analyze --model none", "import torch", 3.0),
    Goal("analyze", "import torch", 10.0),
    Goal("--help", "python", None),
)


def commands(source: Path) -> dict[str, list[str]]:
    """The command lines to time, by name."""
    review = ["-m", "optreview", "analyze", str(source), "-o", HERE]
    return {
        "python": ["-c", "pass"],
        "import torch": ["-c", "import torch"],
        "--help": ["-m", "optreview", "--help"],
        "lint": ["-m", "optreview", "lint", str(source), "--fail-on", "error"],
        "analyze --static": [*review, "--static"],
        "analyze --model none": [*review, "--model", "none"],
        "analyze": review,
    }


def seconds(arguments: list[str]) -> float:
    """The wall time of one run of Python in an empty folder; a run that fails ends the benchmark."""
    with tempfile.TemporaryDirectory() as here:
        words = [here if word == HERE else word for word in arguments]
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *words], cwd=here, capture_output=True, text=True, check=False, env=ENVIRONMENT
        )
        took = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return took


def measure(lines: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """The median time of each command, the commands taking turns; a first, untimed round warms the disk."""
    times: dict[str, list[float]] = {name: [] for name in lines}
    for each in range(rounds + 1):
        for name, arguments in lines.items():
            took = seconds(arguments)
            if each:
                times[name].append(took)
    return {name: statistics.median(took) for name, took in times.items()}


def report(medians: dict[str, float]) -> bool:
    """Print the medians and the ratios; True when every goal is met."""
    for name, median in medians.items():
        print(f"{name:<20} {median:7.3f} s")
    met = True
    for goal in GOALS:
        ratio = medians[goal.command] / medians[goal.beside]
        verdict = ""
        if goal.below is not None:
            verdict = f"  goal < {goal.below:g}: {'met' if ratio < goal.below else 'MISSED'}"
            met = met and ratio < goal.below
        print(f"{goal.command} / {goal.beside} = {ratio:.2f}{verdict}")
    return met


def adabelief() -> Path:
    """The file of the test dependency that is reviewed, found without importing it."""
    found = importlib.util.find_spec("pytorch_optimizer")
    if found is None or found.origin is None:
        sys.exit("pytorch_optimizer is missing: pip install -c constraints.txt -e '.[test]'")
    return Path(found.origin).parent / "optimizer" / "adabelief.py"


def main() -> None:
    """Measure, print, and exit with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="timed rounds, at least 5 (default: 5)")
    rounds = max(5, parser.parse_args().rounds)
    sys.exit(not report(measure(commands(adabelief()), rounds)))


if __name__ == "__main__":
    main()
