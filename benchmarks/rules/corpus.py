"""The packages whose update rules are extracted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.coverage import corpus
from benchmarks.static_accuracy.corpus import HELD_OUT, KNOWN, SECOND, THIRD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.coverage.corpus import Package

#: What was looked at while the extraction was written.
NAMED = tuple(KNOWN)
#: Three small ones that nobody had looked at, measured first.
FIRST = ("adams-torch", "adamwclip", "sadam")
#: Measured when those and the rest were: what they miss was not read before.
FURTHER = ("adam-tanhx", "asranger", "dolphinflow", "scao", "torchium")
#: Known to other parts of the project; measured once before what they miss was read.
ELSEWHERE = (*HELD_OUT, *SECOND, *THIRD)
SETS = {"named": NAMED, "first": FIRST, "further": FURTHER, "elsewhere": ELSEWHERE}


def packages(folders: Sequence[Path], only: Sequence[str]) -> Iterator[tuple[str, Package]]:
    """Every package with the name of its set; ``only`` names packages or sets, none for all."""
    for name_of_set, names in SETS.items():
        for name in names:
            if not only or name in only or name_of_set in only:
                for package in corpus.packages(folders, name):
                    sys.path[:] = dict.fromkeys(sys.path)
                    yield name_of_set, package
