"""Options that by themselves move no weight, or cannot be run, tried beside others and in bfloat16."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.agenda import Errand
from optreview.evidence.dynamic.memory.glimpse import glimpse
from optreview.evidence.dynamic.phases import LateError
from optreview.evidence.dynamic.tasks import omitted
from optreview.evidence.dynamic.wire import Combined, Glimpsed, Trouble
from optreview.evidence.dynamic.workloads import DENSE, MAIN
from optreview.records import Combination

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from optreview.evidence.dynamic.agenda import Agenda
    from optreview.evidence.dynamic.memory.run import Configuration, Subject
    from optreview.evidence.dynamic.phases import Outcome, Work
    from optreview.evidence.dynamic.plan import Plan
    from optreview.evidence.dynamic.wire import Reply
    from optreview.records import MemoryRun, Option, OptionRun

    T = TypeVar("T")
    #: Asks for runs, is sent what they came to, and so on until it has its answer.
    _Rounds = Generator[list[Work], list[Outcome], T]

_DOING = "trying options together"
#: Runs that are compared for one class; some of them are the same.
MOST_RUNS = 32


def idle(run: MemoryRun | None, base: MemoryRun) -> bool:
    """The option changed no bit of the weights; not decided once weights are not finite."""
    return run is not None and base.finite and not _moves(run, base)


def _moves(run: MemoryRun | Glimpsed, base: MemoryRun | Glimpsed) -> bool:
    return (run.trajectory, run.steps) != (base.trajectory, base.steps)


@dataclass(frozen=True)
class _Setting:
    """What else is set, and the dtype of the parameters."""

    together: tuple[Option, ...]
    dtype: str = "float32"


class Effects:
    """Tries idle options in one setting after the other, until each has had an effect.

    Args:
        subject: The class.
        plan: How it is driven.
        how: The configuration of the base run.
        agenda: Where what is to be run goes.
        send: Takes what is found.
    """

    def __init__(
        self, subject: Subject, plan: Plan, how: Configuration, agenda: Agenda, send: Callable[[Reply], None]
    ) -> None:
        self._subject, self._plan, self._how = subject, plan, how
        # Whether weights move differently shows on a smaller model as well; what an option costs does not.
        self._lighter = replace(how, workload=DENSE, omitted=omitted(plan, DENSE))
        if how.workload != MAIN:
            self._lighter = how
        self._agenda, self._send = agenda, send
        self._left = MOST_RUNS
        self._known: dict[object, Glimpsed | MemoryRun | None] = {}
        self._rounds: _Rounds[None] | None = None
        self._heard: list[Outcome] = []
        self._asked = 0

    def begin(self, options: Sequence[OptionRun], base: MemoryRun, numbers: tuple[Option, ...]) -> None:
        """Find it out in rounds, each of which waits for the one before; other works go on meanwhile."""
        self._rounds = self._found(options, base, numbers)
        self._go_on(None)

    def _go_on(self, heard: list[Outcome] | None) -> None:
        if self._rounds is None:
            return
        try:
            works = next(self._rounds) if heard is None else self._rounds.send(heard)
        except StopIteration:
            return
        self._heard, self._asked = [], len(works)
        self._agenda.add((Errand(_DOING, work, self._hear) for work in works), first=True)

    def _hear(self, outcome: Outcome) -> None:
        self._heard.append(outcome)
        if len(self._heard) == self._asked:
            self._go_on(self._heard)

    def _found(
        self, options: Sequence[OptionRun], base: MemoryRun, numbers: tuple[Option, ...]
    ) -> _Rounds[None]:
        """What idle options do beside numbers that are switched on, in bfloat16, and beside other options.

        Beside other options only effects are told, so that silence about one of them says nothing.
        """
        self._known = {_key(self._how): base}
        self._known |= {
            _key(replace(self._how, options=(each.option,))): each.run for each in options if each.run
        }
        waiting = [each.option for each in options if idle(each.run, base)]
        others = [each.option for each in options if each.run is not None]
        for setting, always in _settings(others, numbers):
            for found in (yield from self._tried(self._lighter, setting, waiting)):
                if found.changes:
                    waiting.remove(found.option)
                if found.changes or always:
                    told = (yield from self._alone(found)) if found.changes else found
                    self._send(Combined(combination=told))
        refused = [each.option for each in options if each.run is None]
        for setting in (_Setting(numbers), *(_Setting((number,)) for number in numbers)):
            for found in (yield from self._tried(self._how, setting, refused)):
                refused.remove(found.option)
                self._send(Combined(combination=found))

    def _alone(self, found: Combination) -> _Rounds[Combination]:
        """The same option with nothing else set, if the smaller model needs no more; else what was found."""
        if self._lighter.workload == self._how.workload:
            return found
        left, self._left = (
            self._left,
            MOST_RUNS,
        )  # at most two for each effect, besides
        alone = yield from self._tried(self._lighter, _Setting(()), [found.option])
        self._left = left
        return next((each for each in alone if each.changes), found)

    def _tried(
        self, how: Configuration, setting: _Setting, options: Sequence[Option]
    ) -> _Rounds[list[Combination]]:
        """Each option beside the same setting without it, unless one of the two cannot be run or decided."""
        chosen = {option.name for option in setting.together}
        left = [option for option in options if option.name not in chosen]
        if not left or len(left) >= self._left:
            return []
        base, *runs = yield from self._runs(how, setting, [(), *((option,) for option in left)])
        if base is None:
            return []
        pairs = zip(left, runs, strict=True)
        tried = [_compared(option, setting, run, base) for option, run in pairs if run is not None]
        return [each for each in tried if each.changes or base.finite]

    def _runs(
        self, how: Configuration, setting: _Setting, further: Sequence[tuple[Option, ...]]
    ) -> _Rounds[list[Glimpsed | MemoryRun | None]]:
        self._left -= len(further)
        wanted = [replace(how, dtype=setting.dtype, options=(*setting.together, *each)) for each in further]
        new = {_key(each): each for each in wanted if _key(each) not in self._known}
        outcomes = (yield [partial(self._run, each) for each in new.values()]) if new else []
        for key, outcome in zip(new, outcomes, strict=True):
            self._known[key] = outcome.message if isinstance(outcome.message, Glimpsed) else None
        return [self._known[_key(each)] for each in wanted]

    def _run(self, how: Configuration) -> Glimpsed | Trouble:
        try:
            return glimpse(self._subject, self._plan, how)
        except LateError:
            raise
        except BaseException as error:  # noqa: BLE001 - reviewed code raises what it likes
            failure = failures.declined("running with options together", failures.said(error))
            return Trouble(stage="step", error="", failure=failure)


def _key(how: Configuration) -> object:
    """The same for runs that are the same: keywords have no order."""
    return how.workload, how.dtype, frozenset(how.options)


def _settings(others: Sequence[Option], numbers: tuple[Option, ...]) -> Iterator[tuple[_Setting, bool]]:
    """Where to try, the likeliest first, and whether no effect there is worth telling."""
    if numbers:
        yield _Setting(numbers), True
    yield _Setting(numbers, "bfloat16"), True
    if len(numbers) > 1:
        for number in numbers:
            yield _Setting((number,)), True
    chosen = {option.name for option in numbers}
    for option in others:
        if option.name not in chosen:
            yield _Setting((*numbers, option)), False


def _compared(
    option: Option, setting: _Setting, run: Glimpsed | MemoryRun, base: Glimpsed | MemoryRun
) -> Combination:
    return Combination(
        option=option,
        together=setting.together,
        dtype=setting.dtype,
        changes=_moves(run, base),
        state_change=run.state_bytes - base.state_bytes,
        peak_change=run.steady_transient_bytes - base.steady_transient_bytes,
    )
