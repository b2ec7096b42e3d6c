"""Measuring the classes of the targets: memory alone, each in a boxed child of its own."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

from optreview import targets
from optreview.errors import InputError, OptreviewError
from optreview.evidence import static
from optreview.evidence.dynamic.wire import Job, Limits
from optreview.gate import distil, findings
from optreview.gate.asked import Asked
from optreview.gate.budgets import matches
from optreview.gate.cache import Cache
from optreview.gate.runners import Runners, worth
from optreview.records import Failure
from optreview.store import folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from optreview.evidence.static import Candidate, Discovery, Extent, Inspection, Reader
    from optreview.gate.budgets import Exemption
    from optreview.gate.cache import Answer
    from optreview.records import BaselineClass, BaselineRun, DynamicEvidence, Finding, Target
    from optreview.review import Observer


@dataclass(frozen=True)
class How:
    """Where to measure, within which limits, and which classes not.

    Attributes:
        cached: Take what was measured before of the same sources.
        asked: What to find out besides memory.
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    limits: Limits = field(default_factory=Limits)
    exempt: tuple[Exemption, ...] = ()
    cached: bool = False
    asked: Asked = field(default_factory=Asked)

    def cache(self) -> Cache | None:
        """The answers of earlier runs, where they can be trusted to be what would be measured.

        Without the box reviewed code could write them, and an accelerator is not known before torch is there.
        """
        if not self.cached or self.device != "cpu" or not self.limits.sandboxed:
            return None
        return Cache(folder("measured"), self.limits)


@dataclass(frozen=True)
class Measured:
    """What became of one class: its evidence and what a baseline holds of it, or why there is neither.

    Attributes:
        findings: Of the rules, those that count.
    """

    name: str
    candidate: Candidate
    evidence: DynamicEvidence | None = None
    figures: BaselineClass | None = None
    adamw: dict[str, BaselineRun] = field(default_factory=dict)
    failure: str | None = None
    findings: tuple[Finding, ...] = ()


class Gauge:
    """Measures the classes of some targets; a context manager.

    Args:
        places: The targets.
        how: Where to measure, and what not.
        observer: Who wants to hear how far it is.
        kept: What was measured before.
        lenient: Take what is there: a target without an optimizer, or a broken one, is no error.

    Raises:
        InputError: A target cannot be used, or two classes have one name.
    """

    def __init__(
        self,
        places: Iterable[Target],
        how: How,
        observer: Observer,
        kept: Cache | None = None,
        *,
        lenient: bool = False,
    ) -> None:
        self.resolved = _once(places)
        self._lenient = lenient
        self._how = how
        self._observer = observer
        self._stack = contextlib.ExitStack()
        self._kept = kept
        self._first: Runners | None = None
        self._second: Runners | None = None

    def __enter__(self) -> Self:
        if self._kept is None and len(self.resolved) == 1:
            self._first = self._started(1)  # torch is imported while the source is read
        jobs = os.cpu_count() or 1
        self._reader = self._reading(jobs)
        self._observer.begun()
        discovery = self._discovered()
        if self._kept is not None:
            self._kept.looks.keep(self.resolved, self._reader.seen)
        self._observer.found(discovery)
        self._skipped = discovery.skipped
        self.candidates = {_name(each): each for each in discovery.found}
        if len(self.candidates) < len(discovery.found):
            names = [_name(each) for each in discovery.found]
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"Two of the targets' optimizers are called {twice}; put them into packages.")
        return self

    def __exit__(self, *_: object) -> None:
        if self._kept is not None:
            self._kept.close()
        self._stack.close()

    def _reading(self, jobs: int) -> Reader[Extent] | Reader[Inspection]:
        """Reads which files a class runs, and what the rules find in them if that is asked for."""
        known = self._kept.looks.known(self.resolved) if self._kept is not None else {}
        ahead, places, enter = self._kept is None, self.resolved, self._stack.enter_context
        if self._how.asked.lint is None:
            return enter(
                static.reader(places, static.extent, static.Extent, jobs=jobs, ahead=ahead, known=known)
            )
        return enter(static.reader(places, _inspect, static.Inspection, jobs=jobs, ahead=ahead, known=known))

    def _discovered(self) -> Discovery:
        try:
            return self._reader.discover()
        except InputError:
            if not self._lenient:
                raise
            return self._reader.survey()

    @property
    def exempt(self) -> frozenset[str]:
        """The classes that the project leaves out."""
        patterns = [each.optimizer for each in self._how.exempt]
        return frozenset(name for name in self.candidates if any(matches(p, name) for p in patterns))

    @property
    def unreadable(self) -> dict[str, str]:
        """The files that cannot be read, with why: which classes they hold is not known."""
        return {each.location.file: each.reason for each in self._skipped if not each.class_name}

    def lost(self, names: Iterable[str]) -> dict[str, str]:
        """Those of the named classes that are there, and that nothing can be run of, with why."""
        found = {(each.location.file, each.class_name): each.reason for each in self._skipped}
        places = {name: (_files(name), name.rpartition(":")[2]) for name in names}
        return {
            name: f"It can no longer be run: {found[file, each]}"
            for name, (files, class_name) in places.items()
            for file in files
            for each in (class_name, "")
            if (file, each) in found
        }

    def everything(self) -> Iterator[Measured]:
        """Every class that is not exempt, sorted by name."""
        names = sorted(self.candidates.keys() - self.exempt)
        known = {name: self._known(self.candidates[name]) for name in names}
        missing = sum(answer is None for _, answer in known.values())
        if self._first is None and missing:
            self._first = self._started(worth(missing, self._how.device))
        waiting = {
            name: self._asked(self._first, self.candidates[name])
            for name, (_, answer) in known.items()
            if answer is None and self._first is not None
        }
        for name in names:
            key, before = known[name]
            answer = _answer(waiting[name]) if before is None else before
            if before is None and self._kept is not None and not isinstance(answer, str):
                self._kept.put(key, answer)
            yield _measured(self.candidates[name], answer, self._how.asked)

    def again(self, before: Measured) -> Measured:
        """The same class in processes that share nothing with those of the first measurement."""
        if self._second is None:
            self._second = self._started(1)
        return _measured(
            before.candidate, _answer(self._asked(self._second, before.candidate)), self._how.asked
        )

    def _started(self, count: int) -> Runners:
        how = self._how
        return self._stack.enter_context(
            Runners(count, how.device, how.limits, simulates=how.asked.simulates)
        )

    def _known(self, candidate: Candidate) -> tuple[str, Answer | None]:
        """The key of a class in the cache, and what is there."""
        if self._kept is None:
            return "", None
        key = self._kept.key(candidate.target, self._how.asked.of(_name(candidate)))
        return key, self._kept.get(key)

    def _asked(self, runners: Runners, candidate: Candidate) -> Future[Answer] | str:
        """The measurement of a class, which is made meanwhile; or why it cannot be made."""
        short = candidate.target.class_name or ""
        self._observer.phase(short, "reading")
        wanted = self._how.asked.of(_name(candidate))
        try:
            read = self._reader.read(candidate)
        except OptreviewError as error:
            return str(error)
        job = Job(
            target=candidate.target,
            files=read.files,
            probes=None if wanted.probes else (),
            only_memory=True,
            models=wanted.models,
        )
        found = read.findings if isinstance(read, static.Inspection) else None
        return runners.submit(job, found, lambda phase: self._observer.phase(short, phase))


def _answer(asked: Future[Answer] | str) -> Answer | str:
    try:
        return asked if isinstance(asked, str) else asked.result()
    except OptreviewError as error:
        return str(error)


def _inspect(candidate: Candidate) -> Inspection:
    """With every rule: which of them count is up to the project, and no matter of what is kept."""
    return static.inspect(candidate, lambda _: True)


def _measured(candidate: Candidate, answer: Answer | str, asked: Asked) -> Measured:
    name = _name(candidate)
    if isinstance(answer, str | Failure):
        said = answer if isinstance(answer, str) else answer.message
        return Measured(name, candidate, failure=said)
    evidence = answer.evidence
    adamw = distil.adamw(evidence)
    if not adamw:
        return Measured(name, candidate, failure="AdamW could not be measured beside it.")
    found = findings.counted(answer.findings or (), candidate.target, asked.lint) if asked.lint else ()
    figures = distil.distilled(answer, candidate.target, found, asked)
    return Measured(name, candidate, evidence, figures, adamw, findings=found)


def _name(candidate: Candidate) -> str:
    return f"{candidate.target.module}:{candidate.target.class_name}"


def _files(name: str) -> tuple[str, str]:
    """Where a class of this name can be defined, as a location names the file."""
    place = name.rpartition(":")[0].replace(".", "/")
    return f"{place}.py", f"{place}/__init__.py"


def resolved(specs: Sequence[str]) -> list[Target]:
    """The targets that are named.

    Raises:
        InputError: Nothing readable is there.
    """
    return [target for spec in dict.fromkeys(specs) for target in targets.resolve(spec)]


def _once(places: Iterable[Target]) -> list[Target]:
    """Each file or class once, however often it is named."""
    found = list(places)
    whole = {target.path for target in found if target.class_name is None}
    kept = [each for each in found if each.class_name is None or each.path not in whole]
    return list({(each.path, each.class_name): each for each in kept}.values())
