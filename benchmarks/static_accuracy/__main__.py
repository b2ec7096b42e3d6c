"""``python -m benchmarks.static_accuracy``: read and run every optimizer, compare, write REPORT.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.static_accuracy import corpus, report, truth

HERE = Path(__file__).parent


def main() -> None:
    """Exits with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", type=Path, help="folder with the packages of requirements.txt")
    parser.add_argument("--only", help="one distribution")
    parser.add_argument("--set", type=int, choices=range(len(corpus.SETS)), help="one set; 0 is not held out")
    parser.add_argument("--keep", type=Path, help="folder that keeps what runs did, for the next time")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "REPORT.md")
    asked = parser.parse_args()
    found = list(corpus.packages(asked.held_out, asked.only, asked.set))
    results = [(package, list(truth.cases(package.candidates, asked.keep))) for package in found]
    asked.output.write_text(report.render(results), encoding="utf-8")
    missed = report.missed_goals(results)
    print("\n".join(missed) or "Every goal is met.")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
