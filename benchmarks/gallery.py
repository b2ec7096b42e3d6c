"""The committed reviews, written again: measured and judged, or only judged and rendered from their records.

``python -m benchmarks.gallery`` measures every target of ``reviews/targets.txt``, half an hour to hours;
``--pages`` writes pages and index from the records, seconds. ``--only`` names the sections or the packages.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

REVIEWS = Path(__file__).parent.parent / "reviews"
PLAIN = "plain"
#: The section of packages that are installed beside those of the tests.
BESIDE = "beside"
_SECTION = re.compile(r"\[(\w+)\]")


@dataclass(frozen=True)
class Review:
    """A line of the list: what is reviewed, and in which voices."""

    target: str
    section: str
    voices: tuple[str, ...]

    @property
    def package(self) -> str:
        """The folder of its pages."""
        return self.target.partition(":")[0].partition(".")[0]

    @property
    def record(self) -> Path:
        """Where its record is."""
        return REVIEWS / self.package / f"{self.target.partition(':')[2]}.json"

    @property
    def pages(self) -> tuple[Path, ...]:
        """Where its pages are, one for each voice."""
        endings = (".md" if voice == PLAIN else f".{voice}.md" for voice in self.voices)
        return tuple(self.record.with_suffix(ending) for ending in endings)


def listed() -> tuple[Review, ...]:
    """Every line of ``reviews/targets.txt``."""
    found, section = [], ""
    for line in (REVIEWS / "targets.txt").read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        heading = _SECTION.fullmatch(words[0])
        if heading:
            section = heading[1]
        else:
            found.append(Review(words[0], section, tuple(words[1:]) or (PLAIN,)))
    return tuple(found)


def measure(reviews: Sequence[Review], beside: Path) -> int:
    """Review the targets anew; ``beside`` is where the packages are that the tests do not install."""
    usual = [each.target for each in reviews if each.section != BESIDE]
    others = [each.target for each in reviews if each.section == BESIDE]
    path = os.pathsep.join(filter(None, [str(beside), os.environ.get("PYTHONPATH")]))
    codes = [_analyze(usual), _analyze(others, PYTHONPATH=path)]
    return max(codes)


def render(reviews: Sequence[Review], output: Path = REVIEWS) -> int:
    """Judge and render the records again, in all their voices."""
    voices = sorted({voice for each in reviews for voice in each.voices}, key=lambda name: name != PLAIN)
    codes = []
    for voice in voices:
        records = [str(each.record) for each in reviews if voice in each.voices and each.record.exists()]
        given = [word for record in records for word in ("--from", record)]
        codes.append(_analyze([*given, "--voice", voice, "--quiet"] if given else [], output))
    return max(codes, default=0)


def _analyze(words: Iterable[str], output: Path = REVIEWS, **environment: str) -> int:
    given = list(words)
    if not given:
        return 0
    command = [sys.executable, "-m", "optreview", "analyze", *given, "--device", "cpu", "-o", str(output)]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


def main() -> int:
    """Measure or render what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", action="store_true", help="render from the records, measure nothing")
    parser.add_argument("--only", action="append", help="a section, or the start of targets; more than once")
    parser.add_argument("--beside", type=Path, default=Path(".held-out"), help="where other packages are")
    given = parser.parse_args()
    wanted = [
        each
        for each in listed()
        if not given.only or any(each.section == w or each.target.startswith(w) for w in given.only)
    ]
    measured = 0 if given.pages else measure(wanted, given.beside.resolve())
    return max(measured, render(wanted))


if __name__ == "__main__":
    sys.exit(main())
