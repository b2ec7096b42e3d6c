"""The evidence of every optimizer class of the calibrated packages, kept for the next time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchmarks.coverage import corpus
from benchmarks.static_accuracy.corpus import HELD_OUT, KNOWN
from optreview.judgement import usecase
from optreview.records import Evidence, encode
from optreview.review import Settings, analyze

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from optreview.records import Target

#: The packages of the tests, and the first held-out set: releases of one paper, and a collection.
PACKAGES = (*KNOWN, *HELD_OUT)


def gather(keep: Path, folders: Sequence[Path], only: Sequence[str], *, static_only: bool = False) -> None:
    """Review every class that ``keep`` does not hold yet, a package at a time; or read it and run nothing."""
    keep.mkdir(parents=True, exist_ok=True)
    for name in only or PACKAGES:
        for package in corpus.packages(folders, name):
            found = package.discovery.found if package.discovery else ()
            wanted = [each.target for each in found if not _path(keep, name, each.target).exists()]
            if wanted:
                models = () if static_only else (usecase.shapes(usecase.load()),)
                _review(keep, name, wanted, Settings(device="cpu", static_only=static_only, models=models))


def kept(keep: Path) -> Iterator[tuple[str, Evidence]]:
    """What is kept of every class, with its distribution, in the order of their names."""
    for path in sorted(keep.glob("*/*.json")):
        if content := path.read_bytes():
            yield path.parent.name, msgspec.json.decode(content, type=Evidence)


def _review(keep: Path, name: str, wanted: Sequence[Target], settings: Settings) -> None:
    specs = [f"{each.path}:{each.class_name}" for each in wanted]
    outcomes = analyze(specs, settings)
    for target, outcome in zip(wanted, outcomes, strict=True):
        path = _path(keep, name, target)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encode(outcome.review.evidence) if outcome.review else b"")  # empty: refused
        print(name, target.class_name, outcome.refusal or "", flush=True)


def _path(keep: Path, name: str, target: Target) -> Path:
    return keep / name / f"{target.module}.{target.class_name}.json"
