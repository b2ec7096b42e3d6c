"""The static half of a review, assembled: ``read(candidate)``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from optreview.errors import InputError
from optreview.evidence.static import facts, reading, suppressions
from optreview.evidence.static.facts import measurements
from optreview.evidence.static.rules import catalogue
from optreview.evidence.static.source.classes import Lineage
from optreview.evidence.static.source.depth import deep
from optreview.evidence.static.source.distribution import installed
from optreview.evidence.static.source.index import Index
from optreview.evidence.static.source.modules import ClassRef
from optreview.evidence.static.source.parsing import UnreadableError
from optreview.evidence.static.suppressions import Suppression
from optreview.garbage import uncollected
from optreview.records import Base, Finding, StaticEvidence, Subject
from optreview.records.common import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optreview.evidence.static.discover import Candidate
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.rule import Rule
    from optreview.evidence.static.source.classes import Ancestor
    from optreview.evidence.static.source.library import Library
    from optreview.evidence.static.source.modules import Module
    from optreview.records import SourceFile, Target


class Sheet(Record, frozen=True, kw_only=True):
    """A file that was read: what is still wanted of it when its tree is gone.

    Attributes:
        path: Where it is.
        name: The module's dotted name.
        shown: How findings name it.
        classes: Those at its top level, by name.
    """

    path: str
    name: str
    shown: str
    lines: tuple[str, ...]
    suppressions: tuple[Suppression, ...]
    classes: frozenset[str]


class Inspection(Record, frozen=True, kw_only=True):
    """What the rules find in one class, without the other facts about it.

    Attributes:
        name: ``module:Class``.
        class_name: The last part of it.
        limits: What could not be followed, in sentences.
        own: The file that defines it.
        others: The further files that findings are in.
        files: All whose code it runs, named as in ``Location``.
    """

    name: str
    class_name: str
    limits: tuple[str, ...]
    findings: tuple[Finding, ...]
    own: Sheet
    others: tuple[Sheet, ...]
    files: tuple[str, ...]


class Extent(Record, frozen=True, kw_only=True):
    """The files whose code a class runs, named as in ``Location``."""

    files: tuple[str, ...]


def extent(candidate: Candidate) -> Extent:
    """Find the files whose code one class runs, without any rule.

    Raises:
        InputError: The file cannot be parsed, or the class is not in it.
    """
    with deep(), uncollected():
        return Extent(files=tuple(source.file for source in _sources(study(candidate))))


def read(candidate: Candidate) -> StaticEvidence:
    """Read everything about one class that the source shows.

    Raises:
        InputError: The file cannot be parsed, or the class is not in it.
    """
    with deep(), uncollected():  # what was read is dropped before the collector looks for it
        return _assemble(candidate.target, study(candidate))


def inspect(candidate: Candidate, runs: Callable[[str], bool]) -> Inspection:
    """Look at one class with the rules whose ids ``runs`` accepts.

    Raises:
        InputError: The file cannot be parsed, or the class is not in it.
    """
    with deep(), uncollected():  # what was read is dropped before the collector looks for it
        return _inspected(candidate.target, study(candidate), runs)


def _inspected(target: Target, found: Reading, runs: Callable[[str], bool]) -> Inspection:
    findings = _findings(found, [rule for rule in catalogue() if runs(rule.id)])
    own = found.lineage.subject.module
    files = {finding.location.file for finding in findings}
    others = [each for each in found.index.modules if each is not own and each.file in files]
    return Inspection(
        name=f"{target.module}:{target.class_name}",
        class_name=target.class_name or "",
        limits=found.limits,
        findings=findings,
        own=_sheet(own, target, found.index),
        others=tuple(_sheet(each, target, found.index) for each in others),
        files=tuple(source.file for source in _sources(found)),
    )


def _sheet(module: Module, target: Target, index: Index) -> Sheet:
    return Sheet(
        path=str(index.path(module.file) or target.path),
        name=module.name,
        shown=module.file,
        lines=module.outline.lines,
        suppressions=module.suppressions.found,
        classes=frozenset(module.classes),
    )


def study(candidate: Candidate) -> Reading:
    """Read one class, for the rules to look at.

    Raises:
        InputError: The file cannot be parsed, or the class is not in it.
    """
    try:
        with deep(), uncollected():
            return _read(candidate.target, candidate.library)
    except RecursionError:
        message = f"{candidate.location.file} is nested too deeply to be read."
        raise InputError(message) from None


def _read(target: Target, library: Library) -> Reading:
    library.tidy()
    index = Index.of(target, library)
    try:
        module = index.open(target.module, Path(target.path))
    except UnreadableError as error:
        raise InputError(error.sentence) from None
    name = target.class_name or ""
    if name not in module.classes:
        message = f"{module.file} defines no class `{name}`."
        raise InputError(message)
    lineage = Lineage(index, ClassRef(module, module.classes[name]))
    return reading.read(index, lineage)


def _assemble(target: Target, found: Reading) -> StaticEvidence:
    options = facts.hyperparameters(found)
    sparse = facts.sparse_verdict(found)
    rules = catalogue()
    return StaticEvidence(
        subject=_subject(target, found),
        complete=not found.limits,
        limits=found.limits,
        bases=tuple(_base(entry) for entry in found.lineage.order[1:]),
        summary=found.documentation.summary,
        citations=found.documentation.citations,
        hyperparameters=options,
        accepts_extra_keywords=found.signature.extra_keywords,
        state_buffers=facts.state_buffers(found),
        in_place_sites=facts.in_place_sites(found),
        sparse=sparse,
        workings=facts.workings(found),
        rules=tuple(rule.id for rule in rules),
        findings=_findings(found, rules),
        measurements=measurements.all_measurements(found, options, sparse),
        sources=_sources(found),
    )


def _findings(found: Reading, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """What the rules find, in the order of the files, with what the source says about keeping it."""
    findings = [finding for rule in rules for finding in rule.findings(found)]
    marked = suppressions.mark(findings, found.index.modules)
    return tuple(sorted(marked, key=lambda each: (each.location, each.rule, each.message)))


def _subject(target: Target, found: Reading) -> Subject:
    subject = found.lineage.subject
    distribution = None if target.lone else installed(target.root, target.package, subject.module.file)
    return Subject(
        class_name=subject.name,
        module=target.module,
        package=target.package,
        location=subject.module.location(subject.node.name),
        source=subject.module.source,
        distribution=distribution.name if distribution else None,
        version=distribution.version if distribution else None,
    )


def _base(entry: Ancestor) -> Base:
    if isinstance(entry, ClassRef):
        return Base(
            name=entry.name, module=entry.module.name, location=entry.module.location(entry.node.name)
        )
    return Base(name=entry.tail, module=entry.name.rpartition(".")[0] or None)


def _sources(found: Reading) -> tuple[SourceFile, ...]:
    """The subject's file first, then the others it led to, by name."""
    own = found.lineage.subject.module
    others = sorted(
        (module.source for module in found.index.modules if module is not own), key=lambda s: s.file
    )
    return (own.source, *others)
