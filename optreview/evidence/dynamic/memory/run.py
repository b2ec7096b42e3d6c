"""One measured run: state by key, transient peak of the first and the last step, cost of a step."""

from __future__ import annotations

import ctypes
import gc
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

from optreview.evidence.dynamic import dtypes
from optreview.evidence.dynamic.memory.allocator import Allocator
from optreview.evidence.dynamic.memory.traffic import Traffic
from optreview.evidence.dynamic.session import Session
from optreview.evidence.dynamic.workloads import MAIN, bench
from optreview.records import MemoryRun, Option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from optreview.evidence.dynamic.memory.roots import Roots
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.trace.places import Places
    from optreview.records.memory import Share

#: Steps of a run. Some optimizers first move a weight in the sixth step; a preconditioner may appear in the
#: tenth.
STEPS = 12
#: How many of the last are looked at for what a step does only now and then.
LATE = 6
#: Operations after which a run ends early. A quasi-Newton method with a history of 100 and 20 inner
#: iterations dispatches 21 thousand in one step; it fills its history before this many.
MOST_OPERATIONS = 60_000
#: Operations after which the large workload is given up for the small one. Others need less than a tenth.
HEAVY = 8_000

Implementation = Literal["default", "for-loop", "foreach", "fused"]
FLAGS: dict[Implementation, tuple[Option, ...]] = {
    "default": (),
    "for-loop": (Option(name="foreach", value="False"),),
    "foreach": (Option(name="foreach", value="True"),),
    "fused": (Option(name="fused", value="True"),),
}


@dataclass(frozen=True)
class Subject:
    """What is measured: the class, the name to report it under, and the names its argument values may use.

    ``places`` are those of the package's files, ``roots`` what its modules hold, found before anything ran.
    """

    cls: type[torch.optim.Optimizer]
    qualified_name: str
    names: Mapping[str, object]
    places: Places | None = None
    roots: Roots | None = None


@dataclass(frozen=True)
class Configuration:
    """How it is measured. ``omitted`` are the workload's tensors that the optimizer is not given."""

    device: str
    workload: str = MAIN
    dtype: str = "float32"
    implementation: Implementation = "default"
    options: tuple[Option, ...] = ()
    omitted: tuple[str, ...] = ()


class HeavyError(Exception):
    """A step dispatches so many operations that the large workload would take minutes."""


def measure(subject: Subject, plan: Plan, how: Configuration) -> MemoryRun:
    """Build the optimizer, take ``STEPS`` steps, and account for every byte.

    Raises:
        HeavyError: It has to be measured on the small workload.
        BuildError: The constructor raised.
    """
    return observe(subject, plan, how)[0]


def observe(subject: Subject, plan: Plan, how: Configuration) -> tuple[MemoryRun, tuple[Share, ...]]:
    """The same, and how state is divided among families of shapes.

    Raises:
        HeavyError: It has to be measured on the small workload.
        BuildError: The constructor raised.
    """
    session = opened(subject, plan, how, keep_gradients=True, places=subject.places)
    traffic = session.ledger.traffic = Traffic(session.parameters)
    before = [p.detach().clone() for p in session.parameters]
    course = _Course(Allocator(how.device))
    for index in range(STEPS):
        course.take(session, index, before)
        if how.workload == MAIN and course.spent > HEAVY:
            raise HeavyError
        if course.spent > MOST_OPERATIONS:
            break
    total = session.account()
    late = course.late()
    run = MemoryRun(
        optimizer=subject.qualified_name,
        dtype=how.dtype,
        device=how.device,
        implementation=how.implementation,
        options=how.options,
        steps=len(course.series),
        parameter_bytes=session.parameter_bytes,
        state_bytes=total.total,
        declared_bytes=total.declared,
        hidden_bytes=total.total - total.declared,
        buffers=total.buffers,
        host=total.host,
        first_transient_bytes=course.first_transient,
        steady_transient_bytes=course.last_transient,
        kernel_internal_bytes=course.kernel_internal,
        operations=course.operations,
        host_syncs=course.host_reads,
        cost=traffic.cost,
        series=tuple(course.series),
        trajectory=trajectory(session.parameters),
        finite=finite(session.parameters),
        moved_at=course.moved_at,
        gradients_mutated=course.gradients_mutated,
        late_operations=tuple(operations for operations, _ in late),
        late_moved=tuple(moved for _, moved in late),
    )
    return run, total.shares


def opened(
    subject: Subject,
    plan: Plan,
    how: Configuration,
    *,
    keep_gradients: bool = False,
    places: Places | None = None,
) -> Session:
    """The optimizer, built on a new model."""
    gc.disable()  # so that it is the same garbage, collected at the same place, every time
    stage = bench(
        how.workload,
        dtype=getattr(torch, dtypes.of("weight", how.dtype)),
        norms=getattr(torch, dtypes.of("norm.weight", how.dtype)),
        device=how.device,
        batches=STEPS,
        omitted=how.omitted,
    )
    configured = plan.with_options((*FLAGS[how.implementation], *how.options))
    return Session(subject, configured, stage, keep_gradients=keep_gradients, places=places)


class _Course:
    """What the steps of a run leave behind."""

    def __init__(self, allocator: Allocator) -> None:
        self._allocator = allocator
        self.kernel_internal: int | None = None
        self.series: list[int] = []
        self.first_transient = self.last_transient = 0
        self.operations = self.host_reads = self.spent = 0
        self.moved_at: int | None = None
        self.gradients_mutated = False
        self._costs: list[tuple[int, int]] = []

    def late(self) -> list[tuple[int, int]]:
        """Operations and bytes moved of the last steps; nothing where these are alike."""
        found = self._costs[-LATE:]
        return found if len(set(found)) > 1 else []

    def take(self, session: Session, index: int, before: list[torch.Tensor]) -> None:
        self._allocator.begin()
        session.step(index)
        ledger = session.ledger
        self.operations, self.host_reads = ledger.operations, ledger.host_reads
        self.spent += ledger.operations
        if ledger.traffic is not None:
            self._costs.append((ledger.operations, ledger.traffic.cost.bytes_moved))
        gc.collect()  # what only a reference cycle keeps alive is not there to stay
        self.last_transient = max(0, ledger.peak - ledger.live)
        in_all = self._allocator.transient()
        self.kernel_internal = None if in_all is None else max(0, in_all - self.last_transient)
        if index == 0:
            self.first_transient = self.last_transient
        self.gradients_mutated |= session.gradients_changed()
        session.clear_gradients()
        gc.collect()
        self.series.append(session.settle())
        if self.moved_at is None and _moved(session.parameters, before):
            self.moved_at = index + 1


def _moved(parameters: list[torch.nn.Parameter], before: list[torch.Tensor]) -> bool:
    return any(not torch.equal(p.detach(), b) for p, b in zip(parameters, before, strict=True))


def finite(parameters: Iterable[torch.Tensor]) -> bool:
    """Whether no weight is infinite or NaN."""
    return all(bool(torch.isfinite(each).all()) for each in parameters)


def trajectory(parameters: Iterable[torch.Tensor]) -> str:
    """The same for weights that are bitwise the same."""
    digest = hashlib.sha256()
    for parameter in parameters:
        flat = parameter.detach().contiguous().cpu()
        digest.update(ctypes.string_at(flat.data_ptr(), flat.numel() * flat.element_size()))
    return digest.hexdigest()
