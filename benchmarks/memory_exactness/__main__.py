"""``python -m benchmarks.memory_exactness``: simulate and run every optimizer, compare, write REPORT.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.memory_exactness import report, speed
from benchmarks.memory_exactness.closed_forms import FORMS, simulated
from benchmarks.memory_exactness.compare import cases
from benchmarks.static_accuracy import corpus
from optreview.evidence.dynamic.client import Limits, Runner

HERE = Path(__file__).parent
#: Seconds for one class with all its models, on a busy machine.
PATIENCE = 1800


def main() -> None:
    """Exits with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", type=Path, help="folder with the packages of requirements.txt")
    parser.add_argument("--only", help="one distribution")
    parser.add_argument("--class", dest="names", action="append", help="one class; more than once")
    parser.add_argument("--speed", action="store_true", help="print time and memory; compare nothing")
    parser.add_argument("--keep", type=Path, help="folder that keeps what runs did, for the next time")
    parser.add_argument("--kept", action="store_true", help="run no class; report on what --keep has")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "REPORT.md")
    asked = parser.parse_args()
    found = [
        (package, [c for c in package.candidates if not asked.names or c.target.class_name in asked.names])
        for package in corpus.packages(asked.held_out, asked.only)
    ]
    with Runner(device="cpu", limits=Limits(wall_seconds=PATIENCE), simulates=True) as runner:
        if asked.speed:
            missed = speed.measure(runner, [each for _, candidates in found for each in candidates])
        else:
            forms = [(form, simulated(runner, form)) for form in FORMS]
            run = None if asked.kept else runner
            results = [(package, list(cases(run, candidates, asked.keep))) for package, candidates in found]
            asked.output.write_text(report.render(results, forms), encoding="utf-8")
            missed = report.missed_goals(results, forms)
    print("\n".join(missed) or "Every goal is met.")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
