"""What a boxed child does: import the class, find out how to drive it, then measure it phase by phase."""

from __future__ import annotations

import gc
import inspect
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic import box, failures, workloads
from optreview.evidence.dynamic.drive import drive
from optreview.evidence.dynamic.load import load
from optreview.evidence.dynamic.memory.growth import growth
from optreview.evidence.dynamic.memory.reference import references
from optreview.evidence.dynamic.memory.run import Configuration, Subject, measure
from optreview.evidence.dynamic.phases import in_fork, in_process
from optreview.evidence.dynamic.probes import Answer, Probe, Stage, measurement
from optreview.evidence.dynamic.session import BuildError, Session
from optreview.evidence.dynamic.wire import (
    Announce,
    Driven,
    Finished,
    Grown,
    OptionRan,
    Probed,
    Problem,
    Ran,
    Trouble,
)
from optreview.plugins import classes
from optreview.records import Failure, MemoryRun, OptionRun, Workload

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.phases import Outcome, Send
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.wire import Job, Limits, Reference
    from optreview.records import Option


def refer(request: Reference, device: str, send: Send) -> None:
    """Measure AdamW on the same tensors; no reviewed code runs in this child."""
    gc.collect()
    gc.freeze()
    for run in references(device, request.omitted):
        send(Ran(run=run))
    send(Finished())


def perform(job: Job, device: str, limits: Limits, send: Send) -> None:
    """Do a whole job, sending every result as soon as it is there."""
    try:
        send(Announce(phase="importing"))
        cls, module = load(job.target, box.size(limits.memory_bytes))
        gc.collect()
        gc.freeze()  # or every collection of a measurement would visit all of torch
        name = f"{job.target.module}:{job.target.class_name}"
        subject = Subject(cls=cls, qualified_name=name, names=vars(module))
        _Examination(job, subject, device, box.size(limits.memory_bytes), send).run()
    except failures.RefusalError as refusal:
        send(Problem(failure=refusal.failure))
    send(Finished())


@dataclass(frozen=True)
class _Examination:
    """Everything that is measured of one class."""

    job: Job
    subject: Subject
    device: str
    limit: str
    send: Send

    def run(self) -> None:
        plan, first = drive(self.subject.cls, self._attempt)
        omitted = _omitted(plan, workloads.MAIN)
        how = Configuration(device=self.device, omitted=omitted)
        self.send(Driven(workload=_workload(omitted), recipe=self._recipe(plan)))
        self.send(Ran(run=first))
        self._measure(plan, replace(how, dtype="bfloat16"), "running in bfloat16")
        if _takes(self.subject.cls, "foreach"):
            self._measure(plan, replace(how, implementation="for-loop"), "running with foreach=False")
            self._measure(plan, replace(how, implementation="foreach"), "running with foreach=True")
        for option in self.job.options:
            self._option(plan, replace(how, options=(option,)), option)
        self._phase("measuring growth", partial(self._grow, plan))
        for probe in (each() for each in classes("optreview.evidence.dynamic.probes", Probe)):
            self._phase(f"probing {_words(probe)}", partial(self._probe, plan, probe))

    def _recipe(self, plan: Plan) -> object:
        return plan.recipe(self.job.target.module, self.job.target.class_name or "")

    def _attempt(self, plan: Plan) -> MemoryRun | Trouble:
        self.send(Announce(phase="running in float32"))
        how = Configuration(device=self.device, omitted=_omitted(plan, workloads.MAIN))
        outcome = self._isolated(partial(self._try, plan, how))
        for message in outcome.messages:
            if isinstance(message, Ran):
                return message.run
            if isinstance(message, Trouble):
                return message
        name = self.subject.qualified_name
        raise failures.RefusalError(failures.crash(name, "running in float32", outcome.status))

    def _try(self, plan: Plan, how: Configuration, send: Send) -> None:
        try:
            run = measure(self.subject, plan, how)
        except BuildError as error:
            send(self._trouble("build", error.__cause__ or error))
        except BaseException as error:  # noqa: BLE001 - reviewed code raises what it likes
            send(self._trouble("step", error))
        else:
            send(Ran(run=run) if run.moved_at else self._motionless(run))

    def _trouble(self, stage: str, error: BaseException) -> Trouble:
        kind, doing = ("build-failed", "building it") if stage == "build" else ("not-driven", "stepping it")
        failure = self._explained(error, kind, doing)
        text = failures.said(error, self.job.target)
        return Trouble(stage="build" if stage == "build" else "step", error=text, failure=failure)

    def _motionless(self, run: MemoryRun) -> Trouble:
        text = f"{self.subject.qualified_name} ran {run.steps} steps without changing a single weight. "
        hint = "Check whether it needs another way of stepping, or a non-zero learning rate."
        return Trouble(stage="still", error="", failure=Failure(kind="not-driven", message=text + hint))

    def _explained(self, error: BaseException, kind: str, doing: str) -> Failure:
        missing = failures.missing_package(error, self.job.target)
        if missing is not None:
            return missing
        if failures.out_of_memory(error):
            return failures.memory_limit(self.limit, doing)
        said = failures.said(error, self.job.target)
        advice = "If it needs special arguments or a special way of stepping, no protocol covers it yet."
        message = f"{self.subject.qualified_name}: {doing} raised {said}. {advice}"
        return Failure(kind=kind, message=message)

    def _measure(self, plan: Plan, how: Configuration, doing: str) -> None:
        self._phase(doing, lambda send: send(Ran(run=measure(self.subject, plan, how))))

    def _option(self, plan: Plan, how: Configuration, option: Option) -> None:
        doing = f"running with {failures.quoted(f'{option.name}={option.value}')[:80]}"
        self.send(Announce(phase=doing))
        outcome = self._isolated(
            self._guarded(doing, lambda send: send(Ran(run=measure(self.subject, plan, how))))
        )
        result = self._result_of(outcome, doing)
        if isinstance(result, MemoryRun):
            self.send(OptionRan(option_run=OptionRun(option=option, run=result)))
        else:
            self.send(OptionRan(option_run=OptionRun(option=option, failure=result)))

    def _result_of(self, outcome: Outcome, doing: str) -> MemoryRun | Failure:
        for message in outcome.messages:
            if isinstance(message, Ran):
                return message.run
            if isinstance(message, Problem):
                return message.failure
        return failures.crash(self.subject.qualified_name, doing, outcome.status)

    def _grow(self, plan: Plan, send: Send) -> None:
        omitted = _omitted(plan, workloads.SMALL)
        send(Grown(growth=growth(self.subject, plan, self.device, omitted)))

    def _probe(self, plan: Plan, probe: Probe, send: Send) -> None:
        stage = Stage(session=partial(self._small_session, plan), device=self.device)
        try:
            answer = probe.ask(stage)
        except BaseException as error:  # noqa: BLE001 - reviewed code raises what it likes
            error = error.__cause__ or error
            answer = Answer(value=None, note=f"Trying it raised {failures.said(error, self.job.target)}.")
        send(Probed(measurement=measurement(probe, answer)))

    def _small_session(self, plan: Plan, device: str) -> Session:
        omitted = _omitted(plan, workloads.SMALL)
        stage = workloads.bench(
            workloads.SMALL, dtype=torch.float32, device=device, batches=12, omitted=omitted
        )
        return Session(self.subject.cls, plan, stage, self.subject.names)

    def _phase(self, doing: str, work: Callable[[Send], None]) -> None:
        self.send(Announce(phase=doing))
        outcome = self._isolated(self._guarded(doing, work))
        for message in outcome.messages:
            self.send(message)
        if not outcome.messages:
            failure = failures.crash(self.subject.qualified_name, doing, outcome.status)
            self.send(Problem(failure=failure))

    def _guarded(self, doing: str, work: Callable[[Send], None]) -> Callable[[Send], None]:
        def guarded(send: Send) -> None:
            try:
                work(send)
            except BaseException as error:  # noqa: BLE001 - reviewed code raises what it likes
                cause = error.__cause__ if isinstance(error, BuildError) else error
                send(Problem(failure=self._explained(cause or error, "not-driven", doing)))

        return guarded

    def _isolated(self, work: Callable[[Send], None]) -> Outcome:
        return in_fork(work) if self.device == "cpu" else in_process(work)


def _omitted(plan: Plan, workload: str) -> tuple[str, ...]:
    shapes = workloads.shapes(workload)
    return tuple(s.name for s in shapes if not plan.accepts(torch.empty(s.shape, device="meta")))


def _workload(omitted: tuple[str, ...]) -> Workload:
    shapes = workloads.shapes(workloads.MAIN)
    return Workload(
        name=workloads.MAIN,
        tensors=tuple(s for s in shapes if s.name not in omitted),
        omitted=tuple(s for s in shapes if s.name in omitted),
    )


def _takes(cls: type, name: str) -> bool:
    try:
        return name in inspect.signature(cls).parameters
    except (TypeError, ValueError):
        return False


def _words(probe: Probe) -> str:
    return type(probe).__module__.rpartition(".")[2].replace("_", " ")
