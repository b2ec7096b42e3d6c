"""What reading a whole package costs, as a ratio to parsing its files with libcst.

The floor is ``libcst.parse_module`` on every file of ``pytorch_optimizer``, one after the other, the garbage
collector off, as it is while optreview reads. Beside it stand the CPU time of the static half in one process,
and its wall time with one worker for each core. The goal is about the second, which is what somebody waits
for on this machine; it says something only while nothing else runs there. Exits with 1 when it is missed.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

import libcst

from optreview.evidence import static
from optreview.records import StaticEvidence
from optreview.targets import resolve

PACKAGE = "pytorch_optimizer"
GOAL = 2.0
SLOWEST = 5


class Took(NamedTuple):
    """Seconds on the clock and on all processors."""

    wall: float
    cpu: float


class Round(NamedTuple):
    """What the floor, one process and several took, one after the other."""

    floor: Took
    one: Took
    several: Took

    @property
    def cpu(self) -> float:
        """The ratio of one process to the floor, by CPU time."""
        return self.one.cpu / self.floor.cpu

    @property
    def wall(self) -> float:
        """The ratio of several processes to the floor, by wall time."""
        return self.several.wall / self.floor.wall


def now() -> Took:
    """The clocks; those of the processors count children that have ended."""
    return Took(time.perf_counter(), sum(os.times()[:4]))


def parse() -> None:
    """Parse every file once."""
    sources = [Path(target.path).read_bytes() for target in resolve(PACKAGE)]
    gc.disable()
    trees = [libcst.parse_module(source) for source in sources]
    os._exit(not trees)  # freeing the trees is no part of parsing them


def read(jobs: int) -> None:
    """Find every class and read it."""
    with static.reader(resolve(PACKAGE), static.read, StaticEvidence, jobs=jobs) as reader:
        for candidate in reader.discover().found:
            reader.read(candidate)


def forked(work: str, jobs: int = 1) -> Took:
    """What some work takes in a fork of this process, which has imported everything and read nothing."""
    began = now()
    child = os.fork()
    if child == 0:
        parse() if work == "parse" else read(jobs)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"{work} failed")
    return Took(*(after - before for after, before in zip(now(), began, strict=True)))


def slowest() -> None:
    """Print which classes take longest."""
    readings: list[tuple[float, str]] = []
    for candidate in static.discover(resolve(PACKAGE)).found:
        began = time.process_time()
        static.read(candidate)
        readings.append((time.process_time() - began, candidate.target.class_name or ""))
    for took, name in sorted(readings, reverse=True)[:SLOWEST]:
        print(f"  {name:<20} {took:.2f} s")


def spread(values: list[float], unit: str = "") -> str:
    """The median, and between which values it is."""
    return f"{statistics.median(values):.2f}{unit} ({min(values):.2f} to {max(values):.2f})"


def main() -> None:
    """Measure, print, and exit with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds, of which the median counts (default: 3)"
    )
    parser.add_argument("--slowest", action="store_true", help="also print the classes that take longest")
    asked = parser.parse_args()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    libcst.parse_module(b"x = 1\n")
    rounds = [
        Round(forked("parse"), forked("read"), forked("read", cores)) for _ in range(max(1, asked.rounds))
    ]
    print(f"{PACKAGE}: {len(resolve(PACKAGE))} files, {cores} cores, load {os.getloadavg()[0]:.1f}")
    for name, took in (
        ("parsing alone", [each.floor for each in rounds]),
        ("one process", [each.one for each in rounds]),
        (f"{cores} workers", [each.several for each in rounds]),
    ):
        wall, cpu = ([getattr(each, clock) for each in took] for clock in Took._fields)
        print(f"{name:<15} wall {spread(wall, ' s')}  CPU {spread(cpu, ' s')}")
    if asked.slowest:
        slowest()
    ratio = statistics.median(each.wall for each in rounds)
    print(f"one process / parsing, by CPU time = {spread([each.cpu for each in rounds])}")
    print(
        f"{cores} workers / parsing, by wall time = {spread([each.wall for each in rounds])}"
        f"  goal <= {GOAL:g}: {'met' if ratio <= GOAL else 'MISSED'}"
    )
    sys.exit(ratio > GOAL)


if __name__ == "__main__":
    main()
