"""What is run once it is known what is to be said of a class: the job's model, and recommended lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from optreview.errors import MeasurementError
from optreview.evidence.dynamic import at_scale
from optreview.evidence.dynamic.wire import Job, Script
from optreview.judgement import recommend, sizing, tiering, usecase
from optreview.records import DynamicEvidence, Evidence, Failure, Judged, ModelShapes, Review

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.client import Runner
    from optreview.records import Purpose, Target, Tier, Tried, UseCase

#: The recommended lines, and a narrower search where theirs was refused.
_ROUNDS = 2
#: At most so many sizes of a family are simulated for one class.
_MOST_SIZES = 8


@dataclass(frozen=True)
class Wanted:
    """What the review is for, and whether sizes of its family are simulated for the largest that fits."""

    purpose: Purpose | None
    sizes: bool = False


def given(runner: Runner, factory: Target, purpose: Purpose | None) -> ModelShapes:
    """The model that a function of the user's gives, with activations for the batches of the tiers.

    Raises:
        MeasurementError: It gives none.
    """
    tiers = (purpose or usecase.purpose()).tiers
    found = runner.describe(factory, tuple(sorted({tier.batch for tier in tiers})))
    if isinstance(found, Failure):
        raise MeasurementError(found.message)
    name = f"{factory.module}:{factory.class_name}"
    return ModelShapes(
        name=name,
        title=name,
        tensors=found.tensors,
        held=found.held,
        activations=found.activations,
        unrun=found.unrun,
    )


def fitted(
    evidence: Evidence,
    target: Target,
    runner: Runner,
    wanted: Wanted,
    report: Callable[[str], None],
) -> Evidence:
    """The evidence with a simulation on the job's model, where nothing else can say what it takes there.

    Where the largest model that fits is asked for, other sizes of its family are simulated as well.
    """
    purpose = wanted.purpose or usecase.purpose()
    evidence = _simulated(evidence, target, runner, tiering.to_simulate(evidence, purpose.use_case), report)
    for _ in range(_MOST_SIZES if wanted.sizes else 0):
        searches = (_search(evidence, purpose.use_case, tier) for tier in purpose.tiers)
        model = next((found for each in searches if (found := sizing.next_size(each))), None)
        more = _simulated(evidence, target, runner, model, report)
        if more is evidence:
            break
        evidence = more
    return evidence


def _search(evidence: Evidence, case: UseCase, tier: Tier) -> sizing.Search:
    return sizing.Search(evidence, case, tier, slim=tiering.slim(evidence, case, tier))


def _simulated(
    evidence: Evidence,
    target: Target,
    runner: Runner,
    model: ModelShapes | None,
    report: Callable[[str], None],
) -> Evidence:
    """With one more model; the evidence itself where there is none, or nothing came of it."""
    dynamic = evidence.dynamic
    if model is None or dynamic is None:
        return evidence
    report(f"simulating {model.name}")
    checked = dynamic.scale is not None and dynamic.scale.check is not None
    job = Job(target=target, only_traces=True, traces=(), probes=(), models=(model,), unchecked=checked)
    more = runner.measure(job)
    if isinstance(more, Failure) or more.scale is None:
        return evidence
    scale = at_scale.joined(dynamic.scale, more.scale)
    return structs.replace(evidence, dynamic=structs.replace(dynamic, scale=scale))


def tried(finished: Review, measured: DynamicEvidence, target: Target, runner: Runner) -> Review:
    """The review with what became of its recommended lines, each run once.

    Where the class refuses an end of the search, a narrower one takes its place, and is run in turn.
    """
    lines = measured.recipe.lines
    if lines is None:
        return finished
    done: tuple[Tried, ...] = ()
    for _ in range(_ROUNDS):
        known = {each.text for each in done}
        texts = tuple(each for each in scripts(finished.judged) if each.text not in known)
        if not texts:
            break
        done += runner.rehearse(target, lines.step, texts)
        evidence = structs.replace(finished.evidence, dynamic=structs.replace(measured, tried=done))
        purpose = finished.purpose or usecase.purpose()
        search = recommend.search(evidence, finished.judged.identity, purpose)
        judged = structs.replace(finished.judged, search=search)
        finished = structs.replace(finished, evidence=evidence, judged=judged)
    return finished


def scripts(judged: Judged) -> tuple[Script, ...]:
    """Everything that the page prints to be copied."""
    settings = [Script(text=r.snippet, completion=r.completion) for r in judged.recommendations]
    found = judged.search
    searches = [Script(text=text, search=True) for text in (found.optuna, found.ray)] if found else []
    return tuple({script.text: script for script in (*settings, *searches)}.values())
