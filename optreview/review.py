"""The pipeline on one screen: targets, evidence, judgement, review."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import structs

import optreview
from optreview import further, targets
from optreview.errors import InputError, OptreviewError
from optreview.evidence.dynamic.wire import Job, Limits
from optreview.evidence.join import join
from optreview.evidence.options import switched_on, worth_reviewing
from optreview.garbage import uncollected
from optreview.judgement import catalogue, sweep, usecase, verdict
from optreview.records import (
    GENERATOR,
    SCHEMA_VERSION,
    Evidence,
    Failure,
    ModelShapes,
    Purpose,
    Review,
    StaticEvidence,
)
from optreview.registries import held
from optreview.store import Store, folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.evidence.dynamic.client import Runner
    from optreview.evidence.dynamic.clock import Clock
    from optreview.evidence.dynamic.trainer import Trainer
    from optreview.evidence.static import Candidate, Discovery, Reader
    from optreview.judgement.adjusting import Changes
    from optreview.records import Target
    from optreview.registries import Held

#: Code that cannot even be imported is not reviewed; one missing package is no fault of the code's.
UNREVIEWABLE = frozenset({"import-failed", "exit-on-import", "import-timeout", "import-crash"})
NOT_ASKED = Failure(kind="static-only", message="`--static` was given.")


@dataclass(frozen=True)
class Settings:
    """How to review.

    Attributes:
        static_only: Read the source and run nothing; torch is not imported.
        jobs: At most so many processes read the source at the same time, where nothing is run.
        timed: Also time steps, which is never the same twice.
        trained: Also train on small tasks beside AdamW, with the recommended arguments.
        reviewed_on: A date for the page, only when it was asked for: a review is reproducible without one.
        models: The models on which memory is simulated.
        purpose: The use case, the hardware and the style of settings; None for what is usual.
        sizes: Simulate other sizes of the use case's family for the largest that fits a tier.
        factories: Functions of the user's that give further models.
        registries: Objects of the user's that hold classes to review, besides those that are named.
        changes: What the project sets of the rubric; the standard scores stand beside those by it.
    """

    static_only: bool = False
    jobs: int = 1
    device: Literal["auto", "cpu", "cuda"] = "auto"
    limits: Limits = field(default_factory=Limits)
    timed: bool = False
    trained: bool = False
    reviewed_on: str | None = None
    models: tuple[ModelShapes, ...] = ()
    purpose: Purpose | None = None
    sizes: bool = False
    factories: tuple[Target, ...] = ()
    registries: tuple[Target, ...] = ()
    changes: Changes | None = None


class Observer(Protocol):
    """Who wants to hear how far a long run is."""

    def begun(self) -> None:
        """All processes that share this one's memory are there; from here on threads do no harm."""

    def found(self, discovery: Discovery) -> None:
        """The optimizers that will be reviewed are known."""

    def phase(self, class_name: str, phase: str) -> None:
        """A class enters a phase, such as ``import`` or ``float32``."""


@dataclass(frozen=True)
class Outcome:
    """What became of one optimizer: a review, or the reason why there is none. Exactly one is set.

    Attributes:
        only_read: It cannot be imported, but what its source says can be reviewed.
    """

    class_name: str
    review: Review | None = None
    refusal: str | None = None
    only_read: bool = False


class _Silent:
    """An observer for callers who only want the outcomes."""

    def begun(self) -> None:
        """Say nothing."""

    def found(self, discovery: Discovery) -> None:
        """Say nothing."""

    def phase(self, class_name: str, phase: str) -> None:
        """Say nothing."""


def analyze(
    specs: Sequence[str], settings: Settings | None = None, observer: Observer | None = None
) -> Iterator[Outcome]:
    """Review every optimizer the targets name, one after the other.

    A failure of one optimizer never stops the next one.

    Raises:
        InputError: A target cannot be used; nothing has been reviewed then.
    """
    settings, observer = settings or Settings(), observer or _Silent()
    resolved = [target for spec in specs for target in targets.resolve(spec)]
    with contextlib.ExitStack() as stack:
        runner = clock = trainer = None
        if not settings.static_only:
            # Imported only here, because reading alone is fast; it starts torch while the source is read.
            from optreview.evidence.dynamic.client import Runner  # noqa: PLC0415

            runner = stack.enter_context(
                Runner(
                    device=settings.device,
                    limits=settings.limits,
                    simulates=bool(settings.models or settings.factories),
                    store=Store(folder("adamw")),
                )
            )
        unfit: list[Held] = []
        if runner is not None and settings.registries:
            found = [each for registry in settings.registries for each in held(runner, registry)]
            resolved += [each.target for each in found if each.target is not None]
            unfit = [each for each in found if each.refusal is not None]
            if not resolved:
                raise InputError(f"Nothing in the registry can be reviewed: {unfit[0].refusal}")
        if settings.timed and not settings.static_only:
            from optreview.evidence.dynamic.clock import Clock  # noqa: PLC0415

            clock = stack.enter_context(Clock(limits=settings.limits))
        if settings.trained and not settings.static_only:
            from optreview.evidence.dynamic.trainer import Trainer  # noqa: PLC0415

            trainer = stack.enter_context(Trainer(limits=settings.limits))
        with uncollected():
            # Imported only here, because torch is imported by another process meanwhile.
            from optreview.evidence import static  # noqa: PLC0415
        jobs = settings.jobs if settings.static_only else 1  # a run takes far longer than reading
        reader = stack.enter_context(static.reader(resolved, static.read, StaticEvidence, jobs=jobs))
        observer.begun()
        discovery = reader.discover()
        observer.found(discovery)
        if runner is not None and settings.factories:
            made = tuple(further.given(runner, each, settings.purpose) for each in settings.factories)
            purpose = usecase.in_dtype_of(settings.purpose, made)
            settings = replace(settings, models=settings.models + made, purpose=purpose)
        yield from (Outcome(class_name=each.name, refusal=each.refusal) for each in unfit)
        for candidate in discovery.found:
            try:
                outcome = _review(candidate, reader, runner, settings, observer)
                _let_go(runner, candidate, discovery)
                outcome = _timed(outcome, candidate, clock, observer)
                yield _trained(outcome, candidate, trainer, observer)
            except Exception as error:
                if len(discovery.found) == 1:
                    raise
                yield _fault(candidate, error)


def _review(
    candidate: Candidate,
    reader: Reader[StaticEvidence],
    runner: Runner | None,
    settings: Settings,
    observer: Observer,
) -> Outcome:
    name = candidate.target.class_name or ""
    try:
        observer.phase(name, "reading")
        facts = reader.read(candidate)
        evidence = Evidence(static=facts, dynamic=None, not_run=NOT_ASKED)
        if runner is not None:
            files = tuple(source.file for source in facts.sources)
            job = Job(
                target=candidate.target,
                options=worth_reviewing(facts),
                also=switched_on(facts),
                files=files,
                models=settings.models,
                rule=True,
                known=catalogue.known_rules(name),
            )
            measured = runner.measure(job, on_phase=lambda phase: observer.phase(name, phase))
            if isinstance(measured, Failure):
                if measured.kind in UNREVIEWABLE:
                    return Outcome(class_name=name, refusal=measured.message, only_read=True)
                evidence = Evidence(static=facts, dynamic=None, not_run=measured)
            else:
                joined = join(facts, measured)
                evidence = Evidence(static=facts, dynamic=measured, not_run=None, joined=joined)
                if settings.models or settings.factories:
                    report = partial(observer.phase, name)
                    wanted = further.Wanted(settings.purpose, sizes=settings.sizes)
                    evidence = further.fitted(evidence, candidate.target, runner, wanted, report)
    except OptreviewError as error:
        return Outcome(class_name=name, refusal=str(error))
    finished = assemble(evidence, settings.reviewed_on, settings.changes, settings.purpose)
    if runner is not None and evidence.dynamic is not None:
        observer.phase(name, "running the recommended settings")
        finished = further.tried(finished, evidence.dynamic, candidate.target, runner)
    return Outcome(class_name=name, review=finished)


def _let_go(runner: Runner | None, candidate: Candidate, discovery: Discovery) -> None:
    """After the last class the template ends while the page is written."""
    if runner is not None and candidate is discovery.found[-1]:
        runner.dismiss()


def _timed(outcome: Outcome, candidate: Candidate, clock: Clock | None, observer: Observer) -> Outcome:
    """The review with the time of a step, where that was asked for and the class was run."""
    measured = outcome.review.evidence.dynamic if outcome.review else None
    if clock is None or outcome.review is None or measured is None:
        return outcome
    found = clock.time(candidate.target, measured, on_phase=partial(observer.phase, outcome.class_name))
    told = {"not_timed": found} if isinstance(found, Failure) else {"timing": found}
    evidence = structs.replace(outcome.review.evidence, dynamic=structs.replace(measured, **told))
    return replace(outcome, review=structs.replace(outcome.review, evidence=evidence))


def _trained(outcome: Outcome, candidate: Candidate, trainer: Trainer | None, observer: Observer) -> Outcome:
    """The review with how it trains, where that was asked for and the class was run."""
    done = outcome.review
    if trainer is None or done is None or done.evidence.dynamic is None:
        return outcome
    report = partial(observer.phase, outcome.class_name)
    found = trainer.train(candidate.target, sweep.setting(done), on_phase=report)
    told = {"not_trained": found} if isinstance(found, Failure) else {"training": found}
    evidence = structs.replace(done.evidence, dynamic=structs.replace(done.evidence.dynamic, **told))
    return replace(outcome, review=structs.replace(done, evidence=evidence))


def _fault(candidate: Candidate, error: Exception) -> Outcome:
    """A fault of optreview's own on one class of many: the others are still reviewed."""
    told = f"{type(error).__name__}: {error}"
    return Outcome(
        class_name=candidate.target.class_name or "",
        refusal=f"optreview itself failed on it ({told}); please report it.",
    )


def assemble(
    evidence: Evidence,
    reviewed_on: str | None = None,
    changes: Changes | None = None,
    purpose: Purpose | None = None,
) -> Review:
    """Weigh the evidence and put the record together."""
    return Review(
        schema_version=SCHEMA_VERSION,
        generator=GENERATOR,
        generator_version=optreview.__version__,
        evidence=evidence,
        judged=verdict.weigh(evidence, changes, purpose),
        purpose=purpose,
        reviewed_on=reviewed_on,
    )
