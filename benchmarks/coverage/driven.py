"""One class after the other: driven on the small model in the box, nothing else measured."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.keeping import found
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
    return found(keep, name, Case, None if runner is None else partial(_driven, runner, target, name))


def _driven(runner: Runner, target: Target, name: str) -> Case:
    measured = runner.measure(Job(target=target, traces=(), probes=(), only_traces=True))
    if isinstance(measured, Failure):
        print(f"{name}: {measured}", flush=True)
        return Case(name=name, failure=measured)
    print(f"{name}: {' '.join(measured.recipe.protocols)}", flush=True)
    return Case(name=name, recipe=measured.recipe)
