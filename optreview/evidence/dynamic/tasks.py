"""The phases of an examination: what to call them, what they do, and what to send when they fail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic import dtypes, failures, workloads
from optreview.evidence.dynamic.memory.run import Configuration, measure
from optreview.evidence.dynamic.wire import DtypeRan, Extracted, OptionRan, Problem
from optreview.records import DtypeRun, OptionRun, ProgramProof, UpdateRule, Workload

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.wire import Reply
    from optreview.records import Failure, Option

_IN_WORDS = {dtypes.MIXED: "bfloat16 with float32 norms"}


@dataclass(frozen=True)
class Task:
    """A phase: the words for it, the work, and the message to send instead when it fails."""

    doing: str
    work: Callable[[], Reply]
    otherwise: Callable[[Failure], Reply]


def option_task(subject: Subject, plan: Plan, how: Configuration, option: Option) -> Task:
    """A run with one option set."""
    configured = replace(how, options=(option,))

    def work() -> Reply:
        return OptionRan(option_run=OptionRun(option=option, run=measure(subject, plan, configured)))

    def otherwise(failure: Failure) -> Reply:
        return OptionRan(option_run=OptionRun(option=option, failure=failure))

    return Task(with_options((option,), "running"), work, otherwise)


def dtype_task(subject: Subject, plan: Plan, how: Configuration, dtype: str) -> Task:
    """A run with parameters of a further dtype, on the model for it."""
    left_out = omitted(plan, workloads.DENSE)
    configured = replace(how, workload=workloads.DENSE, dtype=dtype, omitted=left_out)
    tensors = dtypes.tensors(workload(configured).tensors, dtype)
    tried = DtypeRun(dtype=dtype, workload=configured.workload, tensors=tensors, omitted=left_out)  # type: ignore[arg-type]

    def work() -> Reply:
        return DtypeRan(dtype_run=msgspec.structs.replace(tried, run=measure(subject, plan, configured)))

    def otherwise(failure: Failure) -> Reply:
        return DtypeRan(dtype_run=msgspec.structs.replace(tried, failure=failure))

    return Task(f"running in {_IN_WORDS.get(dtype, dtype)}", work, otherwise)


def unextracted(failure: Failure) -> Reply:
    """What to send when extracting the update rule ended early."""
    return Extracted(rule=UpdateRule(program=ProgramProof(verdict="errored", reason=failure.message)))


def problem(failure: Failure) -> Reply:
    """What is sent of a phase that has no message of its own for it."""
    return Problem(failure=failure)


def with_options(options: tuple[Option, ...], doing: str) -> str:
    """Words for a phase with options set."""
    given = ", ".join(f"{option.name}={option.value}" for option in options)
    return f"{doing} with {failures.quoted(given)[:80]}" if options else doing


def omitted(plan: Plan, workload: str) -> tuple[str, ...]:
    """The workload's tensors that the optimizer is not given."""
    shapes = workloads.shapes(workload)
    return tuple(s.name for s in shapes if not plan.accepts(s.shape))


def workload(how: Configuration) -> Workload:
    """The record of what is optimized, and of what is left out."""
    shapes = workloads.shapes(how.workload)
    return Workload(
        name=how.workload,
        tensors=tuple(s for s in shapes if s.name not in how.omitted),
        omitted=tuple(s for s in shapes if s.name in how.omitted),
    )
