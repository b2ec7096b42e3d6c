"""Measuring the classes of the targets: memory alone, each in a boxed child of its own."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

from optreview import targets
from optreview.errors import InputError, OptreviewError
from optreview.evidence import static
from optreview.evidence.dynamic.client import Runner
from optreview.evidence.dynamic.wire import Job, Limits
from optreview.gate import distil
from optreview.gate.budgets import matches
from optreview.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from optreview.evidence.static import Candidate, Extent, Reader
    from optreview.gate.budgets import Exemption
    from optreview.records import BaselineClass, BaselineRun, DynamicEvidence, Target
    from optreview.review import Observer


@dataclass(frozen=True)
class How:
    """Where to measure, within which limits, and which classes not."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    limits: Limits = field(default_factory=Limits)
    exempt: tuple[Exemption, ...] = ()


@dataclass(frozen=True)
class Measured:
    """What became of one class: its evidence and what a baseline holds of it, or why there is neither."""

    name: str
    candidate: Candidate
    evidence: DynamicEvidence | None = None
    figures: BaselineClass | None = None
    adamw: dict[str, BaselineRun] = field(default_factory=dict)
    failure: str | None = None


class Gauge:
    """Measures the classes of some targets; a context manager. Torch starts while the source is read.

    Raises:
        InputError: A target cannot be used, or two classes have one name.
    """

    def __init__(self, specs: Sequence[str], how: How, observer: Observer) -> None:
        self.resolved = _resolved(specs)
        self._how = how
        self._observer = observer
        self._stack = contextlib.ExitStack()
        self._second: Runner | None = None

    def __enter__(self) -> Self:
        self._runner = self._stack.enter_context(_runner(self._how))
        self._reader: Reader[Extent] = self._stack.enter_context(
            static.reader(self.resolved, static.extent, static.Extent, jobs=1)
        )
        self._observer.begun()
        discovery = self._reader.discover()
        self._observer.found(discovery)
        self._skipped = discovery.skipped
        self.candidates = {_name(each): each for each in discovery.found}
        if len(self.candidates) < len(discovery.found):
            names = [_name(each) for each in discovery.found]
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"Two of the targets' optimizers are called {twice}; put them into packages.")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

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
        for name in sorted(self.candidates.keys() - self.exempt):
            yield self._measured(self.candidates[name], self._runner)

    def again(self, before: Measured) -> Measured:
        """The same class in processes that share nothing with those of the first measurement."""
        if self._second is None:
            self._second = self._stack.enter_context(_runner(self._how))
        return self._measured(before.candidate, self._second)

    def _measured(self, candidate: Candidate, runner: Runner) -> Measured:
        name, short = _name(candidate), candidate.target.class_name or ""
        self._observer.phase(short, "reading")
        try:
            files = self._reader.read(candidate).files
            job = Job(target=candidate.target, files=files, probes=(), only_memory=True)
            found = runner.measure(job, on_phase=lambda phase: self._observer.phase(short, phase))
        except OptreviewError as error:
            return Measured(name, candidate, failure=str(error))
        if isinstance(found, Failure):
            return Measured(name, candidate, failure=found.message)
        adamw = distil.adamw(found)
        if not adamw:
            return Measured(name, candidate, failure="AdamW could not be measured beside it.")
        return Measured(name, candidate, found, distil.distilled(found, candidate.target), adamw)


def _runner(how: How) -> Runner:
    return Runner(device=how.device, limits=how.limits)


def _name(candidate: Candidate) -> str:
    return f"{candidate.target.module}:{candidate.target.class_name}"


def _files(name: str) -> tuple[str, str]:
    """Where a class of this name can be defined, as a location names the file."""
    place = name.rpartition(":")[0].replace(".", "/")
    return f"{place}.py", f"{place}/__init__.py"


def _resolved(specs: Sequence[str]) -> list[Target]:
    """Each file or class once, however often it is named."""
    found = [target for spec in dict.fromkeys(specs) for target in targets.resolve(spec)]
    whole = {target.path for target in found if target.class_name is None}
    kept = [each for each in found if each.class_name is None or each.path not in whole]
    return list({(each.path, each.class_name): each for each in kept}.values())


class Scope:
    """Which classes of a baseline the targets speak for, so that what is gone can be told from what is not.

    Args:
        specs: The targets as they were named.
        whole: They are all that the project has.
    """

    def __init__(self, specs: Sequence[str], *, whole: bool) -> None:
        self._whole = whole
        self._modules: set[str] = set()
        self._classes: set[str] = set()
        self._packages: set[str] = set()
        for spec in specs:
            found = targets.resolve(spec)
            self._classes |= {f"{each.module}:{each.class_name}" for each in found if each.class_name}
            modules = [each.module for each in found if not each.class_name]
            self._modules |= set(modules)
            if len(modules) > 1 and (package := _common(modules)):
                self._packages.add(package)

    def holds(self, name: str) -> bool:
        """Whether a class of this name would have been found if it were still there."""
        module = name.rpartition(":")[0]
        inside = any(f"{module}.".startswith(f"{package}.") for package in self._packages)
        return self._whole or inside or module in self._modules or name in self._classes


def _common(modules: Sequence[str]) -> str:
    """The package that all of them are in; empty for files that are in none."""
    shared: list[str] = []
    for parts in zip(*(module.split(".") for module in modules), strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return ".".join(shared)
