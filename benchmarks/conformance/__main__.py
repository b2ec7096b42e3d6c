"""``python -m benchmarks.conformance``: ask every probe of every optimizer, write REPORT.md."""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from benchmarks.conformance import report
from benchmarks.conformance.asked import asked
from benchmarks.coverage import corpus
from optreview.evidence.dynamic.client import Limits, Runner

HERE = Path(__file__).parent
#: Seconds for one class, on a busy machine.
PATIENCE = 300


def main() -> None:
    """Exits with 1 when the quick probes take too long at the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", type=Path, action="append", default=[], help="folder with packages")
    parser.add_argument("--only", action="append", help="one distribution, or one set; may be given again")
    parser.add_argument("--keep", type=Path, help="folder that keeps what was found, for the next time")
    parser.add_argument("--kept", action="store_true", help="ask no class; report on what --keep has")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "REPORT.md")
    given = parser.parse_args()
    packages, found = [], []
    with Runner(device="cpu", limits=Limits(wall_seconds=PATIENCE)) as runner:
        for only in given.only or ["named"]:
            for package in corpus.packages(given.held_out, only):
                candidates = package.discovery.found if package.discovery else ()
                run = None if given.kept else runner
                of_package = [asked(run, each.target, given.keep) for each in candidates]
                known = [each for each in of_package if each is not None]
                if known:
                    packages.append((package.name, package.version, len(known)))
                    found += known
    given.output.write_text(report.render(packages, found), encoding="utf-8")
    median = statistics.median([each.quick.wall for each in found if each.answers] or [0.0])
    print(f"The quick probes take {median:.2f} s of an optimizer at the median; the goal is {report.GOAL} s.")
    sys.exit(median >= report.GOAL)


if __name__ == "__main__":
    main()
