"""What is run once it is known what is to be said of a class: the job's model, and recommended lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.evidence.dynamic import at_scale
from optreview.evidence.dynamic.wire import Job, Script
from optreview.judgement import tiering, usecase
from optreview.records import DynamicEvidence, Evidence, Failure, Judged, Review

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.client import Runner
    from optreview.records import Purpose, Target


def fitted(
    evidence: Evidence,
    target: Target,
    runner: Runner,
    purpose: Purpose | None,
    report: Callable[[str], None],
) -> Evidence:
    """The evidence with a simulation on the job's model, where nothing else can say what it takes there."""
    case = purpose.use_case if purpose else usecase.load()
    model = tiering.to_simulate(evidence, case)
    if model is None or evidence.dynamic is None:
        return evidence
    report(f"simulating {model.name}")
    more = runner.measure(Job(target=target, only_traces=True, traces=(), probes=(), models=(model,)))
    if isinstance(more, Failure):
        return evidence
    scale = at_scale.joined(evidence.dynamic.scale, more.scale)
    return structs.replace(evidence, dynamic=structs.replace(evidence.dynamic, scale=scale))


def tried(finished: Review, measured: DynamicEvidence, target: Target, runner: Runner) -> Review:
    """The review with what became of its recommended lines, each run once."""
    lines = measured.recipe.lines
    texts = scripts(finished.judged)
    if lines is None or not texts:
        return finished
    outcomes = runner.rehearse(target, lines.step, texts)
    evidence = structs.replace(finished.evidence, dynamic=structs.replace(measured, tried=outcomes))
    return structs.replace(finished, evidence=evidence)


def scripts(judged: Judged) -> tuple[Script, ...]:
    """Everything that the page prints to be copied."""
    settings = [Script(text=r.snippet, completion=r.completion) for r in judged.recommendations]
    found = judged.search
    searches = [Script(text=text, search=True) for text in (found.optuna, found.ray)] if found else []
    return tuple({script.text: script for script in (*settings, *searches)}.values())
