"""``python -m benchmarks.gate_alarms --scratch FOLDER`` runs both halves and writes ``REPORT.md``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.gate_alarms import injected, report, unchanged

REPORT = Path(__file__).parent / "REPORT.md"


def main() -> int:
    """Measure and write; 1 when there was a false alarm or something was missed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--scratch", type=Path, required=True, help="where rounds that are done are kept")
    scratch: Path = asked.parse_args().scratch.resolve()
    rounds, found = unchanged.measure(scratch / "unchanged"), injected.measure(scratch / "injected")
    REPORT.write_text(report.render(rounds, found), encoding="utf-8")
    alarms = sum(each.verdicts.get("worse", 0) for each in rounds)
    return 1 if alarms or not all(each.right for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
