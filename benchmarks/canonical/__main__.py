"""``python -m benchmarks.canonical``: write ``rubrics/catalogue/canonical/<id>.json`` of every entry."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.canonical.extraction import written
from benchmarks.canonical.plain import withdraw
from optreview import resources
from optreview.evidence.dynamic.client import Limits, Runner
from optreview.judgement import catalogue

#: Seconds for one, on a busy machine.
PATIENCE = 120


def main() -> None:
    """Prints what became of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entry", nargs="*", help="ids; all when none is named")
    parser.add_argument("-o", "--output", type=Path, default=resources.rubrics() / "catalogue" / "canonical")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    with Runner(device="cpu", limits=Limits(wall_seconds=PATIENCE)) as runner:
        for entry in catalogue.load():
            if not given.entry or entry.id in given.entry:
                text, said = written(runner, entry)
                (given.output / f"{entry.id}.json").write_text(text, encoding="utf-8")
                print(f"{entry.id}: {said}", flush=True)
    print("withdrawn:", ", ".join(withdraw(given.output)) or "none")


if __name__ == "__main__":
    main()
