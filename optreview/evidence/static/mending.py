"""Every edit that the rules propose for some files, made pass by pass until no rule has another one."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.errors import InputError
from optreview.evidence.static import edits as editing
from optreview.evidence.static.evidence import study
from optreview.evidence.static.rules import catalogue
from optreview.evidence.static.source.library import Library
from optreview.records import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from optreview.evidence.static.discover import Candidate
    from optreview.evidence.static.edits import Edit
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.rule import Hit, Rule
    from optreview.evidence.static.source.modules import Module

#: An edit can make room for another one, as ``no_grad`` does for dropping ``.data``; more would be a circle.
_PASSES = 8


@dataclass(frozen=True, slots=True, order=True)
class Fix:
    """What mends one finding.

    Attributes:
        offset: Where the finding stands in the file as it was before any edit; ``line`` is its line there.
        lines: Every line of that file that an edit of it touches, and its own.
        classes: The classes, as ``module:Class``, in whose reading it shows.
    """

    path: str
    offset: int
    rule: str
    line: int
    message: str
    lines: tuple[int, ...] = field(compare=False)
    classes: tuple[str, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """Files as they would be.

    Attributes:
        contents: Those that change, by path.
        originals: What the same files held when this was drafted.
        fixes: What is done to them, in the order of the files.
        touched: Paths of the files whose code each class runs, by its name.
    """

    contents: dict[str, bytes]
    originals: dict[str, bytes]
    fixes: tuple[Fix, ...]
    touched: dict[str, frozenset[str]]


@dataclass(slots=True)
class _Offer:
    """The edits that readings propose for one finding; none when they do not agree."""

    fix: Fix
    edits: tuple[Edit, ...]
    classes: set[str]


def name_of(candidate: Candidate) -> str:
    """``module:Class``."""
    return f"{candidate.target.module}:{candidate.target.class_name}"


def touched(candidate: Candidate) -> frozenset[str]:
    """Paths of the files whose code runs when the class does, as far as it could be followed."""
    return _touched(study(candidate))


def _touched(reading: Reading) -> frozenset[str]:
    modules = [reference.module for reference in reading.lineage.read]
    modules += [module for module, _ in reading.reached.values()]
    modules += [event.module for event in reading.events]
    files = {module.file for module in modules}
    return frozenset(str(path) for file in files if (path := reading.index.path(file)) is not None)


def draft(candidates: Sequence[Candidate], paths: Iterable[str], allows: Callable[[Fix], bool]) -> Draft:
    """Make every edit that is allowed, in the given files.

    Args:
        candidates: The classes whose findings count.
        paths: The files that may be edited; a file that does not survive decoding is left out.
        allows: Asked for each fix before it is made.
    """
    work = _Work({path: data for path in paths if (data := _readable(path)) is not None}, allows)
    relevant = tuple(candidates)
    for _ in range(_PASSES):
        relevant = work.turn(relevant)
        if not relevant:
            break
    changed = {path: data for path, data in work.contents.items() if data != work.originals[path]}
    originals = {path: work.originals[path] for path in changed}
    return Draft(changed, originals, tuple(sorted(work.fixes)), work.touched)


def _readable(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


class _Work:
    """The files between two passes."""

    def __init__(self, originals: dict[str, bytes], allows: Callable[[Fix], bool]) -> None:
        self.originals = originals
        self.contents = dict(originals)
        self.fixes: list[Fix] = []
        self.touched: dict[str, frozenset[str]] = {}
        self._allows = allows
        self._history: dict[str, list[list[Edit]]] = {}
        self._codes: dict[str, str] = {}

    def turn(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """One pass over the classes; those whose files changed are returned, to be read again."""
        library = Library(self.contents)
        offers: dict[tuple[str, int, str, str], _Offer] = {}
        modules: dict[str, Module] = {}
        readers: dict[Candidate, set[str]] = {}
        for candidate in candidates:
            library.tidy()
            try:
                reading = study(replace(candidate, library=library))
            except InputError:
                continue
            found = {str(reading.index.path(module.file)): module for module in reading.index.modules}
            readers[candidate] = set(found)
            modules |= {path: module for path, module in found.items() if self._editable(path, module)}
            self.touched.setdefault(name_of(candidate), _touched(reading))
            self._collect(candidate, reading, modules, offers)
        made = self._made(offers)
        for path, edits in made.items():
            self._rewrite(path, modules[path], edits)
        return tuple(candidate for candidate, paths in readers.items() if paths & made.keys())

    def _editable(self, path: str, module: Module) -> bool:
        """Whether the file is one of those to edit, and is the same again once decoded and encoded."""
        data = self.contents.get(path)
        if data is None:
            return False
        self._codes.setdefault(path, module.code)
        return _encoded(module, module.code, data) == data

    def _collect(
        self,
        candidate: Candidate,
        reading: Reading,
        modules: dict[str, Module],
        offers: dict[tuple[str, int, str, str], _Offer],
    ) -> None:
        for rule in catalogue():
            for hit in rule.hits(reading):
                path = str(reading.index.path(hit.location.file))
                if path not in modules or _suppressed(rule, hit, modules[path]):
                    continue
                position = editing.offset(modules[path], hit.location.line, hit.location.column)
                key = (path, position, rule.id, hit.message)
                known = offers.get(key)
                if known is None:
                    known = offers[key] = _Offer(self._fix(*key, hit.edits), hit.edits, set())
                elif known.edits != hit.edits:
                    known.edits = ()
                known.classes.add(name_of(candidate))

    def _fix(self, path: str, position: int, rule: str, message: str, edits: tuple[Edit, ...]) -> Fix:
        offset = self._before(path, position)
        lines = {self._line(path, self._before(path, edit.start)) for edit in edits}
        line = self._line(path, offset)
        return Fix(path, offset, rule, line, message, tuple(sorted({line, *lines})), ())

    def _before(self, path: str, position: int) -> int:
        """Where a position of this pass's text stood before any edit."""
        for edits in reversed(self._history.get(path, [])):
            position = editing.source_offset(position, edits)
        return position

    def _line(self, path: str, position: int) -> int:
        before = self._codes[path][:position].replace("\r\n", "\n").replace("\r", "\n")
        return before.count("\n") + 1

    def _made(self, offers: dict[tuple[str, int, str, str], _Offer]) -> dict[str, list[Edit]]:
        """The edits of this pass: first come, first served, what overlaps waits for the next one."""
        made: dict[str, list[Edit]] = {}
        for key in sorted(offers):
            offer = offers[key]
            fix = replace(offer.fix, classes=tuple(sorted(offer.classes)))
            if not offer.edits or not self._allows(fix):
                continue
            there = made.setdefault(fix.path, [])
            if not any(editing.overlap(one, other) for one in offer.edits for other in there):
                there.extend(offer.edits)
                self.fixes.append(fix)
        return {path: edits for path, edits in made.items() if edits}

    def _rewrite(self, path: str, module: Module, edits: list[Edit]) -> None:
        self.contents[path] = _encoded(module, editing.apply(module.code, edits), self.contents[path])
        self._history.setdefault(path, []).append(edits)


def _suppressed(rule: Rule, hit: Hit, module: Module) -> bool:
    """Whether a comment says that the finding stays."""
    finding = Finding(rule=rule.id, location=hit.location, message=hit.message, confidence=hit.confidence)
    return module.suppressions.reason(finding) is not None


def _encoded(module: Module, text: str, like: bytes) -> bytes:
    """A file's text as bytes, with the byte order mark that the file has."""
    mark = codecs.BOM_UTF8 if like.startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode(module.tree.encoding.removesuffix("-sig"), errors="replace")
