"""What a probe works with: the reviewed class, how it is driven, and ways to set it up."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic import failures, workloads
from optreview.evidence.dynamic.session import BuildError, Session
from optreview.evidence.dynamic.tasks import omitted
from optreview.evidence.dynamic.trace.places import Places
from optreview.evidence.dynamic.trials.likeness import alike
from optreview.evidence.dynamic.trials.trial import Trial, normal
from optreview.evidence.dynamic.workloads import SEED
from optreview.records import Option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.protocols import Protocol
    from optreview.records import Location, Target

    Shape = tuple[int, ...]

#: A matrix of 4608 elements, at which 8-bit state begins, a vector, and a small convolution.
USUAL: tuple[Shape, ...] = ((72, 64), (64,), (4, 3, 3, 3))
#: The same kinds, as small as can be, for what does not depend on the size.
FEW: tuple[Shape, ...] = ((6, 4), (6,), (2, 3, 3, 3))
#: Far from the seeds of all steps.
_LUCK = 1 << 20


class UnsuitedError(Exception):
    """The question cannot be put to this optimizer; the message is the sentence that says why."""


@dataclass
class Stage:
    """The reviewed class on the device, with the plan that was found to drive it.

    Attributes:
        files: The files in whose lines answers are located, named as in ``Location``.
        options: Constructor arguments that the source names as worth trying.
        pinned: Constructor arguments that keep the plan's value, even if that switches something off.
        trials: Those that were made, to tell whether the optimizer draws random numbers.
    """

    subject: Subject
    plan: Plan
    device: str
    target: Target
    files: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    pinned: frozenset[str] = frozenset()
    trials: list[Trial] = field(default_factory=list)

    def trial(  # noqa: PLR0913 - each is one way in which a probe departs from the usual
        self,
        shapes: Sequence[Shape] = USUAL,
        *,
        dtype: torch.dtype = torch.float32,
        options: Mapping[str, str] | None = None,
        groups: Sequence[Sequence[int]] | None = None,
        tensors: Sequence[torch.Tensor] | None = None,
        further: Sequence[Protocol] = (),
    ) -> Trial:
        """A new instance on parameters of these shapes, or on these tensors; the same call gives the same.

        Args:
            shapes: Of the parameters; those that the optimizer does not take are left out.
            dtype: Of the parameters.
            options: Constructor arguments as source text.
            groups: Indices of the parameters of each group.
            tensors: The parameters' initial values, instead of ``shapes``; none is left out.
            further: Protocols in which the probe's question lies.

        Raises:
            UnsuitedError: No shape is taken, or groups cannot be chosen.
            BuildError: The constructor raised what is this exception's cause.
        """
        plan = self.plan.with_options(Option(name=n, value=v) for n, v in (options or {}).items())
        for protocol in further:
            plan = plan.extended(protocol, plan.clues)
        if groups is not None and not plan.takes_groups:
            raise UnsuitedError(f"{self.arranged()}, so groups could not be chosen.")
        if tensors is None:
            taken = [shape for shape in shapes if plan.accepts(shape)]
            if not taken:
                raise UnsuitedError(f"It takes none of the shapes {', '.join(map(str, shapes))}.")
            tensors = [each.to(self.device, dtype) for each in normal(taken, SEED)]
        try:
            trial = Trial(self.subject.cls, plan, tensors, self.subject.names, groups)
        except Exception as error:
            raise BuildError from error
        self.trials.append(trial)
        return trial

    def arranged(self) -> str:
        """What decides in place of a probe what the constructor gets, in words."""
        names = ", ".join(self.plan.arranging)
        return f"How it is driven decides what its constructor gets ({names})"

    def session(self, device: str, *further: Protocol) -> Session:
        """A new session on the small model, with the books kept; slower than a trial."""
        plan = self.plan
        for protocol in further:
            plan = plan.extended(protocol, plan.clues)
        left_out = omitted(plan, workloads.SMALL)
        bench = workloads.bench(
            workloads.SMALL, dtype=torch.float32, device=device, batches=12, omitted=left_out
        )
        return Session(self.subject, plan, bench)

    def chaotic(
        self, steps: int, shapes: Sequence[Shape] = USUAL, options: Mapping[str, str] | None = None
    ) -> bool:
        """Whether gradients that differ by a rounding lead elsewhere, so that two ways cannot be compared."""
        return self._leads_elsewhere("nudged", 1, steps, shapes, options)

    def chancy(self, steps: int, shapes: Sequence[Shape] = USUAL) -> bool:
        """Whether random numbers from another seed lead elsewhere."""
        return self._leads_elsewhere("luck", _LUCK, steps, shapes)

    def _leads_elsewhere(
        self,
        name: str,
        value: int,
        steps: int,
        shapes: Sequence[Shape],
        options: Mapping[str, str] | None = None,
    ) -> bool:
        trials = [self.trial(shapes, options=options) for _ in range(2)]
        start = trials[0].weights()
        setattr(trials[1], name, value)
        for trial in trials:
            trial.run(steps)
        return not alike(trials[0].weights(), trials[1].weights(), start)

    def takes(self, name: str) -> bool:
        """Whether the constructor has a parameter of that name."""
        return takes(self.subject.cls, name)

    def places(self) -> Places:
        """The files in whose lines answers are located."""
        return Places(self.target, self.files)

    def raised_at(self, error: BaseException) -> tuple[Location, ...]:
        """The package's innermost line that an exception came through; none where it came through none."""
        places = self.places()
        frames = [
            (frame.f_code, instruction) for frame, instruction in _frames(_own(error)) if instruction >= 0
        ]
        found = [place for place in map(places.location, reversed(frames)) if place is not None]
        return tuple(found[:1])

    def said(self, error: BaseException) -> str:
        """An exception in words, without paths or a full stop; the optimizer's own where it was wrapped."""
        return failures.said(_own(error), self.target).rstrip(".")


def _own(error: BaseException) -> BaseException:
    return error.__cause__ if isinstance(error, BuildError) and error.__cause__ else error


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """The frames of an exception's traceback with the instruction that each had come to, outermost first."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame, trace.tb_lasti
        trace = trace.tb_next


def takes(cls: type, name: str) -> bool:
    """Whether a class's constructor has a parameter of that name."""
    try:
        return name in inspect.signature(cls).parameters
    except (TypeError, ValueError):
        return False
