"""``python -m benchmarks.calibration``: control points and places of scores, from figures that are kept.

Without options it writes rubrics/calibration.json and REPORT.md anew from figures.tsv, in a second, as must
be done whenever the rubric changes. With --keep it reviews every class that the folder does not hold yet, an
hour in all, and writes figures.tsv from them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.calibration import figures, gathered, report, tables
from optreview import resources

HERE = Path(__file__).parent
FIGURES = HERE / "figures.tsv"


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder with the records; gathers what it lacks")
    parser.add_argument("--held-out", type=Path, action="append", default=[], help="folder with packages")
    parser.add_argument("--only", action="append", default=[], help="one distribution; may be given again")
    parser.add_argument("--static", action="store_true", help="read what --keep lacks, and run nothing")
    parser.add_argument("--kept", action="store_true", help="run nothing; take what --keep has")
    given = parser.parse_args()
    if given.keep and not given.kept:
        gathered.gather(given.keep, given.held_out, given.only, static_only=given.static)
    if given.keep:
        figures.write(FIGURES, (figures.row(name, each) for name, each in gathered.kept(given.keep)))
    made, judged = tables.calibrated(figures.read(FIGURES))
    (resources.rubrics() / "calibration.json").write_bytes(tables.encode(made))
    (HERE / "REPORT.md").write_text(report.render(made, judged), encoding="utf-8")
    for name, table in made.dimensions.items():
        print(f"{name}: {table.classes} classes, {made.reference} {table.reference}")


if __name__ == "__main__":
    main()
