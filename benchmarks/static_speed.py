"""What reading a whole package costs, as a ratio to parsing its files with libcst, by CPU time.

The floor is ``libcst.parse_module`` on every file of ``pytorch_optimizer``, in the same process, the garbage
collector off, as it is while optreview reads. Exits with 1 when the goal is missed.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import libcst

from optreview.evidence import static
from optreview.targets import resolve

PACKAGE = "pytorch_optimizer"
GOAL = 2.0
SLOWEST = 5


def floor(files: list[Path]) -> float:
    """Seconds that parsing the files takes, each once; the first parse of a process is not counted."""
    sources = [file.read_bytes() for file in files]
    libcst.parse_module(b"x = 1\n")
    gc.disable()
    began = time.process_time()
    trees = [libcst.parse_module(source) for source in sources]
    took = time.process_time() - began
    gc.enable()
    del trees
    return took


def main() -> None:
    """Measure, print, and exit with 1 when the goal is missed."""
    targets = resolve(PACKAGE)
    parsing = floor([Path(target.path) for target in targets])
    began = time.process_time()
    discovery = static.discover(targets)
    discovering = time.process_time() - began
    readings: list[tuple[float, str]] = []
    for candidate in discovery.found:
        began = time.process_time()
        static.read(candidate)
        readings.append((time.process_time() - began, candidate.target.class_name or ""))
    reading = sum(took for took, _ in readings)
    ratio = (discovering + reading) / parsing
    print(f"{PACKAGE}: {len(targets)} files, {len(readings)} optimizers")
    print(f"parsing alone   {parsing:7.2f} s")
    print(f"discovery       {discovering:7.2f} s  {discovering / parsing:.2f} of parsing")
    print(f"reading         {reading:7.2f} s  {reading / parsing:.2f} of parsing")
    for took, name in sorted(readings, reverse=True)[:SLOWEST]:
        print(f"  {name:<20} {took:.2f} s")
    print(f"static half / parsing = {ratio:.2f}  goal <= {GOAL:g}: {'met' if ratio <= GOAL else 'MISSED'}")
    sys.exit(ratio > GOAL)


if __name__ == "__main__":
    main()
