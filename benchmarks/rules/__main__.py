"""``python -m benchmarks.rules``: extract and prove the rule of every optimizer, write REPORT.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.rules import corpus, report
from benchmarks.rules.extracted import extracted
from optreview.evidence.dynamic.client import Limits, Runner

HERE = Path(__file__).parent
#: Seconds for one class, on a busy machine.
PATIENCE = 120


def main() -> None:
    """Exits with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", type=Path, action="append", default=[], help="folder with packages")
    parser.add_argument("--only", action="append", default=[], help="one distribution, or one set")
    parser.add_argument("--keep", type=Path, help="folder that keeps what was found, for the next time")
    parser.add_argument("--kept", action="store_true", help="run no class; report on what --keep has")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "REPORT.md")
    given = parser.parse_args()
    results = []
    with Runner(device="cpu", limits=Limits(wall_seconds=PATIENCE)) as runner:
        run = None if given.kept else runner
        for name_of_set, package in corpus.packages(given.held_out, given.only):
            candidates = package.discovery.found if package.discovery else ()
            found = [extracted(run, each.target, given.keep) for each in candidates]
            known = tuple(each for each in found if each is not None)
            if known:
                results.append(report.Result(name_of_set, package.name, package.version, known))
    given.output.write_text(report.render(results), encoding="utf-8")
    of_programs = report.share(report.proven(report.driven(results)), results)
    of_equations = report.share(report.written(report.driven(results)), results)
    print(f"{of_programs:.1%} of the programs proven, the goal is {report.PROVEN:.0%};")
    print(f"{of_equations:.1%} of the equations, the goal is {report.WRITTEN:.0%}.")
    print(f"{report.median(results):.2f} s at the median.")
    sys.exit(of_programs < report.PROVEN or of_equations < report.WRITTEN)


if __name__ == "__main__":
    main()
