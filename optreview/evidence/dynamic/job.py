"""What a boxed child does: import the class, find out how to drive it, then measure it phase by phase."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic import box, failures, registry, substitution
from optreview.evidence.dynamic.companions import companions, missing
from optreview.evidence.dynamic.examination import Examination
from optreview.evidence.dynamic.following import Following, Tracing
from optreview.evidence.dynamic.load import load
from optreview.evidence.dynamic.memory.reference import ADAMW, PLAIN, reference, variants
from optreview.evidence.dynamic.memory.roots import Roots
from optreview.evidence.dynamic.memory.run import Subject
from optreview.evidence.dynamic.phases import AT_ONCE, in_forks, in_process
from optreview.evidence.dynamic.scale import factory
from optreview.evidence.dynamic.scale.compare import Comparing
from optreview.evidence.dynamic.scale.run import references, simulate
from optreview.evidence.dynamic.session import Session
from optreview.evidence.dynamic.trace.places import Places
from optreview.evidence.dynamic.training._phases import references as lessons
from optreview.evidence.dynamic.trying import rehearse
from optreview.evidence.dynamic.wire import (
    IMPORTING,
    Announce,
    Finished,
    Problem,
    Referred,
    Rehearsed,
    Scaled,
    Trained,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optreview.evidence.dynamic.memory.run import Configuration
    from optreview.evidence.dynamic.phases import Outcome
    from optreview.evidence.dynamic.scale.run import Scene
    from optreview.evidence.dynamic.wire import (
        Compare,
        Describe,
        Enumerate,
        Follow,
        Job,
        Limits,
        Reference,
        Rehearse,
        Reply,
        ScaleReference,
        Time,
        Train,
    )

    Send = Callable[[Reply], None]


def perform(job: Job, device: str, limits: Limits, send: Send) -> None:
    """Do a whole job, sending every result as soon as it is there."""
    with _answering(send):
        _examination(job, device, limits, send).run()


def follow(request: Follow, device: str, limits: Limits, send: Send) -> None:
    """Run one class, or what its source would be, in many settings; each trail is sent when it is there."""
    with _answering(send):
        if request.instead:
            substitution.install(Path(request.instead))
        tracing = Tracing(request.watched)
        Following(_examination(request.job, device, limits, send), request, tracing).run()


def compare(request: Compare, device: str, limits: Limits, send: Send) -> None:
    """Step one class on models, simulated and real; every course is sent when it is there."""
    with _answering(send):
        Comparing(_examination(request.job, device, limits, send), request).run()


def time(request: Time, device: str, limits: Limits, send: Send) -> None:
    """Find out how the class is driven, then time it beside AdamW in a child that does nothing else."""
    with _answering(send):
        _examination(request.job, device, limits, send).time(request.beside)


def train(request: Train, device: str, limits: Limits, send: Send) -> None:
    """Train a class, or AdamW in a child without reviewed code, on the small tasks."""
    if request.job is None:
        tasks = list(lessons(request))
        for task, outcome in zip(tasks, in_forks([task.work for task in tasks]), strict=True):
            send(Announce(phase=f"{task.doing}, AdamW"))
            if isinstance(outcome.message, Trained):
                send(outcome.message)
            else:
                send(task.otherwise(failures.crash(ADAMW.qualified_name, task.doing, outcome.status)))
        send(Finished())
        return
    with _answering(send):
        _examination(request.job, device, limits, send).train(request)


def run_scripts(request: Rehearse, device: str, limits: Limits, send: Send) -> None:
    """Run recommended lines as they are printed."""
    with _answering(send):
        send(Announce(phase=IMPORTING))
        limit = box.size(limits.memory_bytes)
        send(Rehearsed(tried=rehearse(request, device, limit, limits)))


@contextmanager
def _answering(send: Send) -> Iterator[None]:
    """A refusal inside is sent as a problem; after it, as after the work, nothing more will come."""
    try:
        yield
    except failures.RefusalError as refusal:
        send(Problem(failure=refusal.failure))
    send(Finished())


def _examination(job: Job, device: str, limits: Limits, send: Send) -> Examination:
    limit = box.size(limits.memory_bytes)
    send(Announce(phase=IMPORTING))
    with missing() as absent:
        cls, module = load(job.target, limit, boxed=limits.sandboxed)
    packages = companions(cls, absent)
    # Each phase finds the modules as they are now, where it has a process of its own.
    roots = _roots(cls) if device == "cpu" else None
    gc.collect()
    gc.freeze()  # or every collection of a measurement would visit all of torch
    name = f"{job.target.module}:{job.target.class_name}"
    places = Places(job.target, job.files, barriers=(Session.closure.__code__,)) if job.files else None
    names = {"torch": torch, **vars(module)}
    subject = Subject(cls=cls, qualified_name=name, names=names, places=places, roots=roots)
    return Examination(job, subject, device, limits, limit, send, packages)


def _roots(cls: type) -> Roots | None:
    try:
        return Roots(cls)
    except BaseException:  # noqa: BLE001 - what raises when it is looked at is told by the phase that looks
        return None


def describe(request: Describe, limits: Limits, send: Send) -> None:
    """List the parameters of the user's model."""
    with _answering(send):
        send(Announce(phase=IMPORTING))
        limit = box.size(limits.memory_bytes)
        send(factory.describe(request.target, limit, batches=request.batches, boxed=limits.sandboxed))


def list_registry(request: Enumerate, limits: Limits, send: Send) -> None:
    """List the optimizers of the user's registry."""
    with _answering(send):
        send(Announce(phase=IMPORTING))
        limit = box.size(limits.memory_bytes)
        send(registry.enumerate_classes(request.target, limit, boxed=limits.sandboxed))


def refer(request: Reference, device: str, send: Send) -> None:
    """Measure AdamW on the same tensors; no reviewed code runs in this child.

    Runs of AdamW keep nothing from each other, so that they share processes, which cost as much as a run.
    """
    wanted = variants(device, request)
    share = -(-len(wanted) // AT_ONCE)
    works = [partial(_referring, wanted[start : start + share]) for start in range(0, len(wanted), share)]
    for outcome in in_forks(works) if device == "cpu" else in_process(works):
        send(_referred(outcome, Referred))
    send(Finished())


def refer_at_scale(request: ScaleReference, send: Send) -> None:
    """Simulate AdamW on the model, path by path; no reviewed code runs in this child."""
    for outcome in in_forks([_simulating(scene) for scene in references(request.model)]):
        send(_referred(outcome, Scaled))
    send(Finished())


def _referred(outcome: Outcome, kind: type[Referred | Scaled]) -> Reply:
    """What came of AdamW, or that nothing did, so that nobody takes the rest for the whole."""
    if isinstance(outcome.message, kind):
        return outcome.message
    return Problem(failure=failures.crash(ADAMW.qualified_name, "running beside it", outcome.status))


def _simulating(scene: Scene) -> Callable[[], Reply]:
    return lambda: Scaled(run=simulate(ADAMW, PLAIN, scene))


def _referring(wanted: Sequence[Configuration]) -> Reply:
    return Referred(runs=tuple(map(reference, wanted)))
