"""One class after the other: driven on the small model in the box, nothing else measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic.client import Job
from optreview.records import Failure, Recipe
from optreview.records.common import Record

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.evidence.dynamic.client import Runner
    from optreview.records import Target


class Case(Record, frozen=True, kw_only=True):
    """A class with its recipe, or with the reason why there is none. Exactly one of the two is set."""

    name: str
    recipe: Recipe | None = None
    failure: Failure | None = None


def case(runner: Runner | None, target: Target, keep: Path | None) -> Case | None:
    """Drive it, or take what was kept; None without a runner where nothing was."""
    name = f"{target.module}:{target.class_name}"
    path = None if keep is None else keep / f"{name.replace(':', '.')}.json"
    if path is not None and path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Case)
    if runner is None:
        return None
    found = runner.measure(Job(target=target, traces=(), probes=(), only_traces=True))
    if isinstance(found, Failure):
        made = Case(name=name, failure=found)
    else:
        made = Case(name=name, recipe=found.recipe)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(made))
    print(f"{name}: {' '.join(found.recipe.protocols) if made.recipe else made.failure}", flush=True)  # type: ignore[union-attr]
    return made
