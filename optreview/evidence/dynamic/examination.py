"""Everything that is measured of one class, each part in its own phase."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import dtypes, failures, workloads
from optreview.evidence.dynamic.agenda import Agenda, Errand
from optreview.evidence.dynamic.behaving import rate, responses, trial_of
from optreview.evidence.dynamic.drive import drive
from optreview.evidence.dynamic.effects import Effects
from optreview.evidence.dynamic.memory.growth import growth
from optreview.evidence.dynamic.memory.run import Configuration, HeavyError, observe
from optreview.evidence.dynamic.missing import missing_package
from optreview.evidence.dynamic.phases import LateError, in_forks, in_process
from optreview.evidence.dynamic.rule.extraction import extract
from optreview.evidence.dynamic.scale.tasks import simulations
from optreview.evidence.dynamic.session import BuildError, cause_of
from optreview.evidence.dynamic.tasks import (
    Task,
    dtype_task,
    omitted,
    option_task,
    problem,
    unextracted,
    with_options,
    workload,
)
from optreview.evidence.dynamic.timing import timed
from optreview.evidence.dynamic.trace.run import trace
from optreview.evidence.dynamic.training._phases import phases
from optreview.evidence.dynamic.trials.interview import Interview
from optreview.evidence.dynamic.trials.stage import Stage, takes
from optreview.evidence.dynamic.wire import (
    Announce,
    Behaved,
    Driven,
    Extracted,
    Grown,
    Inside,
    OptionRan,
    Problem,
    Ran,
    Traced,
    Trouble,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from optreview.evidence.dynamic.memory.run import Implementation, Subject
    from optreview.evidence.dynamic.phases import Outcome, Work
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.wire import Job, Limits, Reply, Train
    from optreview.records import Failure, MemoryRun, Option, OptionRun, Package

_FIRST = "running in float32"


@dataclass
class Examination:
    """One class, imported, about to be measured; ``limit`` is the memory limit in words.

    ``packages`` are those that its own uses or does without.
    """

    job: Job
    subject: Subject
    device: str
    limits: Limits
    limit: str
    send: Callable[[Reply], None]
    packages: tuple[Package, ...] = ()
    workload: str = field(init=False)

    def __post_init__(self) -> None:
        """Where nothing is measured, the small model will do."""
        self.workload = workloads.SMALL if self.job.only_traces else workloads.MAIN

    def run(self) -> None:
        """Drive it, then measure it in every way, sending each result.

        Raises:
            RefusalError: It cannot be driven.
        """
        plan, ran = self.driven()
        how, first = self._how(plan), ran.run
        self.send(ran)
        agenda, name, most = Agenda(self.send), self.subject.qualified_name, self.limits.wall_seconds
        effects = Effects(self.subject, plan, how, agenda, self.send)
        optional: list[OptionRun] = []

        def take(task: Task, outcome: Outcome) -> None:
            message = self._message(task, outcome)
            self.send(message)
            if isinstance(message, OptionRan):
                optional.append(message.option_run)
                if len(optional) == len(self.job.options):
                    effects.begin([o for o in optional if not _cut_off(o.failure)], first, self.job.also)

        agenda.add(
            Errand(task.doing, partial(self._guarded, task), partial(take, task))
            for task in self._tasks(plan, how)
        )
        Interview(name, partial(self._stage, plan), agenda, most, self.send, self.job.probes).begin()
        agenda.run(self.outcomes(agenda, most))

    def time(self, beside: Implementation) -> None:
        """Time it beside AdamW along a path, by itself, so that nothing else runs at the same time.

        Raises:
            RefusalError: It cannot be driven.
        """
        plan, _ = self.driven()
        work = partial(timed, self.subject, plan, self._how(plan), beside)
        for message in self._done([Task("timing it", work, problem)]):
            self.send(message)

    def train(self, request: Train) -> None:
        """Train it on the small tasks.

        Raises:
            RefusalError: It cannot be driven.
        """
        plan, _ = self.driven()
        for message in self._done(list(phases(self.subject, plan, request))):
            self.send(message)

    def driven(self) -> tuple[Plan, Ran]:
        """Find out how to drive it, and say how.

        Raises:
            RefusalError: It cannot be driven.
        """
        plan, ran = drive(self.subject.cls, self._attempt)
        module, name = self.job.target.module, self.job.target.class_name or ""
        recipe = plan.recipe(module, name, moved_at=ran.run.moved_at or 1)
        self.send(Driven(workload=workload(self._how(plan)), recipe=recipe, packages=self.packages))
        return plan, ran

    def _done(self, tasks: Sequence[Task]) -> Iterator[Reply]:
        """What became of each, in order, announced as it is waited for."""
        outcomes = self.outcomes([partial(self._guarded, each) for each in tasks], self.limits.wall_seconds)
        for task in tasks:
            self.send(Announce(phase=task.doing))
            yield self._message(task, next(outcomes))

    def _message(self, task: Task, outcome: Outcome) -> Reply:
        name = self.subject.qualified_name
        if outcome.late:
            return task.otherwise(failures.late(name, task.doing, self.limits.wall_seconds))
        if outcome.message is None or isinstance(outcome.message, Inside):
            return task.otherwise(failures.crash(name, task.doing, outcome.status))
        return outcome.message

    def _tasks(self, plan: Plan, how: Configuration) -> Iterator[Task]:
        if self.job.files:
            for options in self.job.traces:
                yield Task(with_options(options, "tracing it"), partial(self._trace, plan, options), problem)
        if self.job.rule:
            yield Task("extracting the update rule", partial(self._extract, plan), unextracted)
        if self.job.only_traces:
            yield from simulations(self.job, self.subject, plan)
        else:
            yield from self._measurements(plan, how)

    def _measurements(self, plan: Plan, how: Configuration) -> Iterator[Task]:
        def run(how: Configuration) -> Reply:
            return _ran(self.subject, plan, how)

        yield Task("running in bfloat16", partial(run, replace(how, dtype="bfloat16")), problem)
        for dtype in () if self.job.only_memory else dtypes.FURTHER:
            yield dtype_task(self.subject, plan, how, dtype)
        if takes(self.subject.cls, "foreach"):
            loop, each = replace(how, implementation="for-loop"), replace(how, implementation="foreach")
            yield Task("running with foreach=False", partial(run, loop), problem)
            yield Task("running with foreach=True", partial(run, each), problem)
        for option in self.job.options:
            yield option_task(self.subject, plan, how, option)
        yield Task("measuring growth", partial(self._grow, plan), problem)
        if not self.job.only_memory:
            yield Task("watching how it behaves", partial(self._behave, plan), problem)
        yield from simulations(self.job, self.subject, plan)

    def _trace(self, plan: Plan, options: tuple[Option, ...]) -> Reply:
        left_out = omitted(plan, workloads.SMALL)
        traced = trace(
            self.subject,
            plan,
            options,
            self.job.target,
            self.job.files,
            device=self.device,
            omitted=left_out,
        )
        return Traced(trace=traced)

    def _grow(self, plan: Plan) -> Reply:
        return Grown(growth=growth(self.subject, plan, self.device, omitted(plan, workloads.SMALL)))

    def _behave(self, plan: Plan) -> Reply:
        stage = self._stage(plan)
        return Behaved(lr=rate(trial_of(stage)), responses=responses(stage))

    def _extract(self, plan: Plan) -> Reply:
        given = self.job.rule_options
        stage = replace(
            self._stage(plan.with_options(given)), pinned=frozenset(option.name for option in given)
        )
        return Extracted(rule=extract(stage, self.job.known))

    def _stage(self, plan: Plan) -> Stage:
        job = self.job
        return Stage(self.subject, plan, self.device, job.target, files=job.files, options=job.options)

    def _guarded(self, task: Task) -> Reply:
        try:
            return task.work()
        except LateError:
            raise
        except BaseException as error:  # noqa: BLE001 - reviewed code raises what it likes
            return task.otherwise(self.explained(error, task.doing))

    def explained(self, error: BaseException, doing: str) -> Failure:
        """Why more than the ordinary run failed."""
        return self._explained(cause_of(error), None, doing)

    def _how(self, plan: Plan) -> Configuration:
        return Configuration(device=self.device, workload=self.workload, omitted=omitted(plan, self.workload))

    def _attempt(self, plan: Plan) -> Ran | Trouble:
        self.send(Announce(phase=_FIRST))
        outcome = next(iter(self.outcomes([partial(self._try, plan, self._how(plan))])))
        given_up: Failure | None = None
        if isinstance(outcome.message, Trouble) and outcome.message.stage == "heavy":
            given_up = outcome.message.failure
            self.workload = workloads.SMALL
            outcome = next(iter(self.outcomes([partial(self._try, plan, self._how(plan))])))
        if isinstance(outcome.message, Ran):
            if given_up is not None and given_up.kind == "memory-limit":
                self.send(Problem(failure=failures.oversized(self.subject.qualified_name, self.limit)))
            return outcome.message
        if isinstance(outcome.message, Trouble):
            return outcome.message
        raise failures.RefusalError(failures.crash(self.subject.qualified_name, _FIRST, outcome.status))

    def _try(self, plan: Plan, how: Configuration) -> Reply | Trouble:
        try:
            ran = _ran(self.subject, plan, how)
        except BuildError as error:
            failure = self._explained(cause_of(error), "build-failed", "building it")
            return Trouble(stage="build", error=failures.said(cause_of(error)), failure=failure)
        except HeavyError:
            failure = self._explained(HeavyError("too many operations"), "not-driven", "stepping it")
            return Trouble(stage="heavy", error="", failure=failure)
        except BaseException as error:  # noqa: BLE001 - reviewed code raises what it likes
            failure = self._explained(error, "not-driven", "stepping it")
            large = how.workload == workloads.MAIN and failures.out_of_memory(error)
            return Trouble(stage="heavy" if large else "step", error=failures.said(error), failure=failure)
        return ran if ran.run.moved_at else self._motionless(ran.run)

    def _motionless(self, run: MemoryRun) -> Trouble:
        failure = failures.motionless(self.subject.qualified_name, run.steps)
        return Trouble(stage="still", error="", failure=failure)

    def _explained(self, error: BaseException, kind: str | None, doing: str) -> Failure:
        """Why it failed; without a kind, what failed was more than the ordinary run."""
        missing = missing_package(error, self.job.target)
        if missing is not None:
            return missing
        if failures.out_of_memory(error):
            return failures.memory_limit(self.subject.qualified_name, self.limit, doing)
        if isinstance(error, BlockingIOError):  # what fork(2) says where it is denied
            return failures.program(self.subject.qualified_name, doing)
        if isinstance(error, HeavyError) and kind is None:
            return failures.heavy(doing)
        said = failures.said(error, self.job.target)
        denied = self.limits.sandboxed and failures.denied(error)
        if kind is None:
            return failures.declined(doing, f"{said.rstrip('.')}. {failures.DENIED}" if denied else said)
        return failures.refused(self.subject.qualified_name, kind, doing, said, denied=denied)

    def outcomes(self, works: Iterable[Work], seconds: float | None = None) -> Iterator[Outcome]:
        """Run phases, each for itself where that can be, and for so many seconds."""
        if self.device == "cpu":
            return in_forks(works, seconds=seconds, sealed=self.limits.sandboxed)
        return in_process(works, seconds=seconds)


def _ran(subject: Subject, plan: Plan, how: Configuration) -> Ran:
    run, shares = observe(subject, plan, how)
    return Ran(run=run, shares=shares)


def _cut_off(failure: Failure | None) -> bool:
    """Whether it was ended instead of raising; it would have to be ended again."""
    return failure is not None and failure.kind in {"timeout", "crash"}
