"""One class in many settings, and a hash of everything it touches after every step.

Two such records, of a source and of the same source edited, tell whether the edit changed anything. Nothing
here judges: the comparison is made outside the box.
"""

from __future__ import annotations

import copy
import gc
import itertools
import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic import failures, workloads
from optreview.evidence.dynamic.fingerprints import parts, recorded
from optreview.evidence.dynamic.memory.run import MOST_OPERATIONS, Configuration
from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.protocols.closure import Closure
from optreview.evidence.dynamic.protocols.sparse_only import SparseOnly
from optreview.evidence.dynamic.session import BuildError, Session
from optreview.evidence.dynamic.tasks import omitted
from optreview.evidence.dynamic.trials.stage import takes
from optreview.evidence.dynamic.wire import Announce, Followed, Trail
from optreview.records import Option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType
    from typing import Any

    from optreview.evidence.dynamic.examination import Examination
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.wire import Follow

#: Steps of a run; the small workload allows for more.
STEPS = {workloads.MAIN: 8, workloads.SMALL: 16}
#: Settings of one class, the single options first.
MOST_SETTINGS = 72


class Tracing:
    """Notes which lines of some files are executed, in this process and in its forks."""

    def __init__(self, watched: Sequence[str]) -> None:
        self._places = {path: number for number, path in enumerate(watched)}
        self._known: dict[str, set[int] | None] = {}
        self._lines: list[set[int]] = [set() for _ in watched]
        if watched:
            sys.settrace(self._enter)

    @property
    def lines(self) -> tuple[tuple[int, ...], ...]:
        """The lines executed so far, file by file."""
        return tuple(tuple(sorted(found)) for found in self._lines)

    def _enter(self, frame: FrameType, event: str, argument: object) -> Any:  # noqa: ANN401 - sys.settrace
        name = frame.f_code.co_filename
        if name not in self._known:
            number = self._places.get(os.path.realpath(name))
            self._known[name] = None if number is None else self._lines[number]
        lines = self._known[name]
        if lines is None:
            return None

        def note(inner: FrameType, happened: str, value: object) -> Any:  # noqa: ANN401, ARG001
            lines.add(inner.f_lineno)
            return note

        return note(frame, event, argument)


@dataclass(frozen=True)
class _Setting:
    """One way to run it. ``strict``: the closure leaves autograd as it finds it, as a user's does."""

    words: str
    how: Configuration
    plan: Plan
    strict: bool = False
    reloaded: bool = False


@dataclass
class Following:
    """A class, imported, about to be followed."""

    examination: Examination
    request: Follow
    tracing: Tracing

    def run(self) -> None:
        """Drive it, then run every setting, sending each trail.

        Raises:
            RefusalError: It cannot be driven, or a setting takes too long.
        """
        plan, _ = self.examination.driven()
        settings = list(itertools.islice(self._settings(plan), MOST_SETTINGS))
        most = self.examination.limits.wall_seconds
        outcomes = self.examination.outcomes([partial(self._followed, each) for each in settings], most)
        for setting in settings:
            words = failures.quoted(setting.words)[:80]
            self.examination.send(Announce(phase=f"comparing with {words}"))
            outcome = next(outcomes)
            if outcome.late:  # nothing can be shown any more
                name = self.examination.subject.qualified_name
                raise failures.RefusalError(
                    failures.timeout(name, f"running with {words}", most, partly=False)
                )
            if isinstance(outcome.message, Followed):
                self.examination.send(outcome.message)
            else:
                ended = f"the process ended with status {outcome.status}"
                self.examination.send(Followed(trail=Trail(setting=setting.words, steps=(), error=ended)))

    def _settings(self, plan: Plan) -> Iterator[_Setting]:
        device = self.examination.device
        large = self.examination.workload
        first = Configuration(device=device, workload=large, omitted=omitted(plan, large))
        small = replace(first, workload=workloads.SMALL, omitted=omitted(plan, workloads.SMALL))
        yield _Setting("its defaults", first, plan)
        yield _Setting("bfloat16 parameters", replace(first, dtype="bfloat16"), plan)
        yield _Setting("its state saved and loaded halfway", small, plan, reloaded=True)
        yield from self._ways(plan, small)
        words = {", ".join(f"{each.name}={each.value}" for each in some): some for some in self._options()}
        for text, options in words.items():
            yield _Setting(text, replace(small, options=options), plan)

    def _ways(self, plan: Plan, small: Configuration) -> Iterator[_Setting]:
        """Other ways of stepping, where the plan does not need them anyway."""
        if plan.closure:
            yield _Setting("a closure that needs gradients", small, plan, strict=True)
        else:
            closure = plan.extended(Closure(), plan.clues)
            yield _Setting("a closure", small, closure, strict=True)
        if not any(isinstance(protocol, SparseOnly) for protocol in plan.protocols):
            yield _Setting("sparse gradients", small, plan.extended(SparseOnly(), plan.clues))
        if takes(self.examination.subject.cls, "foreach"):
            for value in ("False", "True"):
                chosen = (Option(name="foreach", value=value),)
                yield _Setting(f"foreach={value}", replace(small, options=chosen), plan)

    def _options(self) -> Iterator[tuple[Option, ...]]:
        """Every option alone, all numbers switched on together, then two options at a time."""
        flips, numbers = self.request.job.options, self.request.also
        singles = (*flips, *(each for each in numbers if all(each.name != flip.name for flip in flips)))
        yield from ((each,) for each in (*singles, *self.request.alone))
        if len(numbers) > 1:
            yield numbers
        pairs = [pair for pair in itertools.combinations(singles, 2) if pair[0].name != pair[1].name]
        yield from sorted(pairs, key=lambda pair: not any(each in numbers for each in pair))

    def _followed(self, setting: _Setting) -> Followed:
        gc.disable()  # so that it is the same garbage, collected at the same place, every time
        steps: list[dict[str, str]] = []
        error, state, peak, recording = None, 0, 0, 0
        try:
            session = self._session(setting)
            for index in range(count := STEPS[setting.how.workload]):
                if index == count - 1:
                    gc.collect()
                if setting.reloaded and index == count // 2:
                    session.reload(self.examination.subject.cls, self.examination.subject.names)
                result = session.step(index)
                steps.append(parts(session, result))
                if session.dispatched() > MOST_OPERATIONS:
                    break
            gc.collect()
            peak = session.ledger.peak
            session.clear_gradients()
            state, recording = session.settle(), recorded(session)
        except LateError:
            raise
        except BuildError as failed:
            error = failures.said(failed.__cause__ or failed, self.request.job.target)
        except BaseException as failed:  # noqa: BLE001 - reviewed code raises what it likes
            error = failures.said(failed, self.request.job.target)
        trail = Trail(
            setting=setting.words,
            steps=tuple(steps),
            error=error,
            state_bytes=state,
            peak_bytes=peak,
            recorded=recording,
            lines=self.tracing.lines,
        )
        return Followed(trail=trail)

    def _session(self, setting: _Setting) -> _Followable:
        how, subject = setting.how, self.examination.subject
        stage = workloads.bench(
            how.workload,
            dtype=getattr(torch, how.dtype),
            device=how.device,
            batches=STEPS[how.workload],
            omitted=how.omitted,
        )
        kind = _Strict if setting.strict else _Followable
        return kind(subject, setting.plan.with_options(how.options), stage)


class _Followable(Session):
    """A session that counts what it dispatches, and can go on with a new optimizer."""

    _dispatched = 0

    def dispatched(self) -> int:
        """Operations of all steps so far; call it once a step."""
        self._dispatched += self.ledger.operations
        return self._dispatched

    def reload(self, cls: type[torch.optim.Optimizer], names: object) -> None:
        """Go on with a new optimizer that has loaded the state of the old one."""
        saved = copy.deepcopy(self.optimizer.state_dict())
        with self.ledger:
            self.optimizer = self.plan.build(cls, self.bench.model, self.parameters, names)  # type: ignore[arg-type]
            self.optimizer.load_state_dict(saved)


class _Strict(_Followable):
    """The closure is a user's: it computes the loss and calls ``backward()``, whatever autograd is set to."""

    def closure(self, index: int) -> torch.Tensor:
        """Gradients and loss, without switching autograd on."""
        with self.ledger.not_counted():
            self.clear_gradients()
            return self.differentiate(index)
