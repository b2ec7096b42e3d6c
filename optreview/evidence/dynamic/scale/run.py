"""One optimizer on one model: a rehearsal on a small likeness, then the same steps without values."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from math import log2
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from msgspec.structs import replace as replace_fields
from torch._subclasses.fake_tensor import FakeTensorMode

from optreview.evidence.dynamic.failures import out_of_memory
from optreview.evidence.dynamic.memory.run import FLAGS
from optreview.evidence.dynamic.scale.constants import tables_kept
from optreview.evidence.dynamic.scale.copying import copied_as_real
from optreview.evidence.dynamic.scale.device import as_on_cuda, multi_tensor_fakes, placed
from optreview.evidence.dynamic.scale.modest import modestly
from optreview.evidence.dynamic.scale.oracle import Listening, Oracle, Telling, UnansweredError
from optreview.evidence.dynamic.scale.stage import stage
from optreview.evidence.dynamic.session import Session
from optreview.records import ModelShapes, Option, ScaleRun

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from optreview.evidence.dynamic.memory.run import Implementation, Subject
    from optreview.evidence.dynamic.plan import Plan

#: Steps of a rehearsal; by then an optimizer has shown what its steps allocate.
STEPS = 12
#: Operations after which a rehearsal, or a simulation, takes no further step, closures included; the step in
#: which a rehearsal, or a simulation, first repeats itself is the second at the earliest.
MOST_OPERATIONS, FEWEST_STEPS = 40_000, 2
#: Sizes up to this stay as they are in the likeness: thresholds of factored and quantised state lie below.
#: What is larger grows by this part of it with every doubling.
_KEPT_SIZE, _GROWTH = 160, 20
#: The same where that takes too much memory.
_LEAST_SIZE = 24


@dataclass(frozen=True)
class Scene:
    """What is simulated: a model, where its tensors would lie, and which path is asked for.

    With a ``seed`` a real run draws other values than a rehearsal.
    """

    model: ModelShapes
    device: Literal["cpu", "cuda"] = "cpu"
    implementation: Implementation = "default"
    options: tuple[Option, ...] = ()
    seed: int | None = None

    def configured(self, plan: Plan) -> Plan:
        """The plan with the options that the scene asks for."""
        return plan.with_options((*FLAGS[self.implementation], *self.options))


class Level(NamedTuple):
    """Bytes after a step: live beyond parameters and gradients, and the step's peak above what was live."""

    state: int
    transient: int


@dataclass
class Course:
    """A session and the levels of the steps it took."""

    session: Session
    levels: list[Level] = field(default_factory=list)
    operations: list[int] = field(default_factory=list)

    def go(self, steps: int, oracle: Oracle | None) -> Self:
        """So many steps, or as many as the operations last for."""
        while len(self.levels) < steps and not self.exhausted:
            self.take(oracle)
        return self

    @property
    def exhausted(self) -> bool:
        """Whether it has taken as many operations as it may."""
        return len(self.levels) >= FEWEST_STEPS and self.session.ledger.dispatched >= MOST_OPERATIONS

    def take(self, oracle: Oracle | None) -> None:
        """One more step."""
        session, index = self.session, len(self.levels)
        if oracle is not None:
            oracle.begin(index)
        session.step(index)
        gc.collect()
        transient = max(0, session.ledger.peak - session.ledger.live)
        self.operations.append(session.ledger.operations)
        session.clear_gradients()
        gc.collect()
        self.levels.append(Level(session.settle(), transient))

    @property
    def settled(self) -> int | None:
        """Steps after which nothing changes any more; None where the last one still did."""
        last = self.levels[-1]
        steady = next((n for n, level in enumerate(reversed(self.levels)) if level != last), len(self.levels))
        return max(FEWEST_STEPS, len(self.levels) - steady + 1) if steady > 1 else None

    @property
    def likes(self) -> tuple[int, ...]:
        """For each step, the first that was of its kind: on small tensors two kinds can come to the same."""
        kinds = list(zip(self.levels, self.operations, strict=True))
        return tuple(kinds.index(kind) for kind in kinds)

    @property
    def enough(self) -> int:
        """Steps in which everything has happened once."""
        return max(max(self.likes) + 1, self.settled or len(self.levels))


class Rehearsal(NamedTuple):
    """What a small real run read, after how many steps all had happened once, and whether it came to rest.

    ``scene`` is what was really run: the likeness.
    """

    oracle: Oracle
    steps: int
    settled: bool
    likes: tuple[int, ...]
    scene: Scene
    levels: tuple[Level, ...]


def simulate(subject: Subject, plan: Plan, scene: Scene) -> ScaleRun:
    """Rehearse on a likeness of the model, then step on its own shapes, allocating none of them.

    Raises:
        UnansweredError: The optimizer read a value where the rehearsal had read none.
        BuildError: The constructor raised.
    """
    rehearsal = rehearse(subject, plan, scene)
    course, stand_in = _performed(subject, plan, scene, rehearsal)
    session = course.session
    total = session.account()
    return ScaleRun(
        model=scene.model.name,
        optimizer=subject.qualified_name,
        device=scene.device,
        stand_in=stand_in,
        implementation=scene.implementation,
        options=scene.options,
        steps=len(course.levels),
        settled=rehearsal.settled and len(course.levels) == rehearsal.steps,
        parameter_bytes=session.parameter_bytes,
        gradient_bytes=session.parameter_bytes,
        state_bytes=total.total,
        declared_bytes=total.declared,
        hidden_bytes=total.total - total.declared,
        buffers=total.buffers,
        first_transient_bytes=course.levels[0].transient,
        steady_transient_bytes=course.levels[-1].transient,
        replayed=rehearsal.oracle.told,
    )


def _performed(subject: Subject, plan: Plan, scene: Scene, rehearsal: Rehearsal) -> tuple[Course, bool]:
    """The steps on shapes, and whether tensors of the CPU had to stand in for those of CUDA.

    Without a CUDA build, autograd on hollow CUDA tensors ends the process, and some operations want
    the device.
    """
    if not (scene.device == "cuda" and plan.differentiates):
        try:
            return on_shapes(subject, plan, scene, *rehearsal[:2]), False
        except UnansweredError:
            raise
        except Exception:
            if scene.device == "cpu":
                raise
    with as_on_cuda():
        return on_shapes(subject, plan, replace(scene, device="cpu"), *rehearsal[:2]), True


def references(model: ModelShapes) -> tuple[Scene, ...]:
    """The paths of AdamW that a user may choose between; its memory is the same on every device."""
    paths: tuple[Implementation, ...] = ("for-loop", "foreach", "fused")
    return tuple(Scene(model=model, implementation=path) for path in paths)


def rehearse(subject: Subject, plan: Plan, scene: Scene) -> Rehearsal:
    """A real run on the likeness: what it reads, and after how many steps nothing new happens.

    Where a small model takes much memory all the same (a contraction by way of an outer product), on one
    that is smaller still.
    """
    try:
        with modestly():
            return _rehearsed(subject, plan, scene, _KEPT_SIZE)
    except Exception as error:
        if not out_of_memory(error):
            raise
    return _rehearsed(subject, plan, scene, _LEAST_SIZE)


def _rehearsed(subject: Subject, plan: Plan, scene: Scene, kept: int) -> Rehearsal:
    oracle = Oracle()
    likeness = replace(scene, model=_likeness(scene.model, kept))
    cuda: AbstractContextManager[object] = as_on_cuda() if scene.device == "cuda" else nullcontext()
    with cuda:
        course = really(subject, plan, likeness, STEPS, oracle)
    return Rehearsal(
        oracle, course.enough, course.settled is not None, course.likes, likeness, tuple(course.levels)
    )


def really(subject: Subject, plan: Plan, scene: Scene, steps: int, oracle: Oracle | None = None) -> Course:
    """Steps on real tensors of the model's shapes, on the CPU."""
    gc.disable()
    bench = stage(scene.model, device="cpu", hollow=False, seed=scene.seed)
    watch = Listening(oracle) if oracle is not None else None
    return Course(Session(subject, scene.configured(plan), bench, watch=watch)).go(steps, oracle)


def on_shapes(subject: Subject, plan: Plan, scene: Scene, oracle: Oracle, steps: int) -> Course:
    """The same steps on tensors that have shapes alone."""
    gc.disable()
    oracle.forget_answers()
    shapes_alone = FakeTensorMode(allow_non_fake_inputs=True)
    with shapes_alone, tables_kept(), multi_tensor_fakes(), copied_as_real(), placed(scene.device):
        bench = stage(scene.model, device=scene.device, hollow=True)
        session = Session(subject, scene.configured(plan), bench, watch=Telling(oracle))
        return Course(session).go(steps, oracle)


def _likeness(model: ModelShapes, kept: int) -> ModelShapes:
    """One small tensor for every kind of the model; what was larger stays larger, so that paths stay."""
    firsts = {(each.shape, each.dtype): each for each in reversed(model.tensors)}
    chosen = [each for each in model.tensors if firsts[each.shape, each.dtype] is each]
    small = tuple(
        replace_fields(each, shape=tuple(_small(size, kept) for size in each.shape)) for each in chosen
    )
    return replace_fields(model, tensors=small)


def _small(size: int, kept: int) -> int:
    return size if size <= kept else kept + round(kept / _GROWTH * log2(size / kept))
