"""The linter's pipeline: targets, findings of every class, issues of every file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import optreview
from optreview import targets
from optreview.errors import InputError
from optreview.evidence import static
from optreview.evidence.static import rules
from optreview.linting import fingerprint
from optreview.linting.file import File
from optreview.places import Places, text
from optreview.records import GENERATOR, LINT_VERSION, Finding, Issue, Keep, Lint, Linted, Unread
from optreview.selection import Accepted, Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from optreview.evidence.static import Candidate, Inspection, Sheet
    from optreview.records import Target

#: The rule that speaks of what suppresses nothing, be it a comment or an entry of the project's.
UNUSED = "unused_suppression"
#: So much of a line at fault is kept for showing it.
_LONGEST = 240


def lint(
    specs: Sequence[str],
    selection: Selection | None = None,
    *,
    whole: bool = False,
    jobs: int = 1,
    on_class: Callable[[str, int], None] | None = None,
) -> Lint:
    """Run the rules over every optimizer that the targets name; nothing is imported.

    A target that cannot be read never stops the next one.

    Args:
        specs: The targets, as ``targets.resolve`` takes them.
        selection: What to look for; everything when None.
        whole: The targets are all that the project has, so that what it accepts can be checked for use.
        jobs: At most so many processes read at the same time.
        on_class: Hears the name of each class before it is read, and how many there are.

    Raises:
        InputError: No target could be resolved at all.
    """
    run = _Run(selection or Selection(), Places.around(Path.cwd()))
    inspect = partial(static.inspect, runs=run.selection.runs)
    with static.reader(run.resolve(specs), inspect, static.Inspection, jobs=jobs) as reader:
        discovery = reader.survey()
        for broken in discovery.broken:
            run.unread.append(run.refused(Path(broken.target.path), broken.what, broken.line, broken.column))
        run.skipped = {each.location.file for each in discovery.skipped}
        for candidate in discovery.found:
            if on_class is not None:
                on_class(candidate.target.class_name or "", len(discovery.found))
            run.read(candidate, reader)
    return run.finish(whole=whole)


class _Run:
    """Collects what the classes of one run show."""

    def __init__(self, selection: Selection, places: Places) -> None:
        self.selection = selection
        self.places = places
        self.files: dict[Path, File] = {}
        self.classes: list[Linted] = []
        self.unread: list[Unread] = []
        self.asked: set[Path] = set()
        self.skipped: set[str] = set()
        self.needed: set[Accepted] = set()
        self.rules = tuple(rule.id for rule in rules.everything() if selection.runs(rule.id))

    def resolve(self, specs: Sequence[str]) -> list[Target]:
        """The targets, each file or class once."""
        found: dict[tuple[str, str | None], Target] = {}
        for spec in dict.fromkeys(specs):
            try:
                for target in targets.resolve(spec):
                    found.setdefault((target.path, target.class_name), target)
            except InputError as error:
                if len(set(specs)) == 1:
                    raise
                self.unread.append(Unread(file=text(spec), line=1, column=1, message=text(str(error))))
        self.asked = {Path(path) for path, class_name in found if class_name is None}
        return list(found.values())

    def refused(self, path: Path, message: str, line: int = 1, column: int = 1) -> Unread:
        """The record of a file that could not be read."""
        return Unread(file=self.places.name(path), line=line, column=column, message=text(message))

    def read(self, candidate: Candidate, reader: static.Reader[Inspection]) -> None:
        """Read one class and keep its findings. What goes wrong with it is its own affair."""
        path = Path(candidate.target.path)
        try:
            self._keep(reader.read(candidate))
        except InputError as error:
            self.unread.append(self.refused(path, str(error)))
        except Exception as error:  # noqa: BLE001 - one class must not cost the findings of the others
            told = f"optreview itself failed on it ({type(error).__name__}: {error}); please report it."
            self.unread.append(msgspec.structs.replace(self.refused(path, told), fault=True))

    def _keep(self, found: Inspection) -> None:
        own = self._file(found.own)
        files = {own.shown: own, **{sheet.shown: self._file(sheet) for sheet in found.others}}
        for finding in found.findings:
            files[finding.location.file].add(finding, found.name)
        if found.limits:
            own.unfinished = True
        else:
            own.read.add(found.class_name)
        path = Path(found.own.path)
        self.classes.append(Linted(name=found.name, file=self.places.name(path), limits=found.limits))

    def _file(self, sheet: Sheet) -> File:
        path = Path(sheet.path)
        if path not in self.files:
            self.files[path] = File.of(sheet)
        return self.files[path]

    def finish(self, *, whole: bool) -> Lint:
        """Everything that was asked for, in the order of the files."""
        found = [issue for path, file in self.files.items() for issue in self._issues(path, file)]
        if whole and self.selection.runs(UNUSED):
            found.extend(self._unneeded())
        numbered = list(fingerprint.numbered(sorted(found, key=_order)))
        shows = self.selection.shows
        shown = [each for each in numbered if shows(each.rule, each.severity, each.confidence)]
        return Lint(
            schema_version=LINT_VERSION,
            generator=GENERATOR,
            generator_version=optreview.__version__,
            prefix=self.places.prefix,
            rules=self.rules,
            classes=tuple(sorted(self.classes, key=lambda each: (each.file, each.name))),
            issues=tuple(shown),
            hidden=sum(issue.kept is None for issue in numbered) - sum(issue.kept is None for issue in shown),
            unread=self._unread(),
        )

    def _unread(self) -> tuple[Unread, ...]:
        """What could not be read, each place once: a file may be named by itself and by its folder."""
        places = {(each.file, each.line, each.column): each for each in reversed(self.unread)}
        return tuple(places[key] for key in sorted(places))

    def _issues(self, path: Path, file: File) -> Iterator[Issue]:
        """The issues of one file, those of its comments last."""
        everywhere = frozenset(self.rules)
        known = frozenset(rule.id for rule in rules.everything())
        found = list(file.findings.values())
        use = file.suppressions.weigh(
            [finding for finding, _ in found],
            known,
            lambda owner: everywhere if self._judged(path, file, owner) else frozenset(),
        )
        found += [(finding, set()) for rule in rules.about_comments() for finding in rule.findings(use)]
        for finding, classes in found:
            if self.selection.runs(finding.rule):
                yield self._issue(path, file, finding, classes)

    def _judged(self, path: Path, file: File, owner: str) -> bool:
        """Whether rules ran over all the code of a top-level definition: an unused suppression is one there.

        A base class is read with its subclasses, and a function with its callers, which may stand elsewhere.
        """
        if owner in file.classes:
            return owner in file.read
        complete = path in self.asked and bool(file.read) and not file.unfinished
        return complete and file.shown not in self.skipped

    def _issue(self, path: Path, file: File, finding: Finding, classes: set[str]) -> Issue:
        line, end = finding.location.line, finding.end
        scope = ":".join(filter(None, (file.name, finding.scope)))
        lines = [file.line(number) for number in range(line, (end.line if end else line) + 1)]
        return Issue(
            rule=finding.rule,
            severity=self.selection.severity(finding),
            confidence=finding.confidence,
            file=self.places.name(path),
            line=line,
            column=finding.location.column,
            end=end,
            message=finding.message,
            scope=scope,
            classes=tuple(sorted(classes)),
            source=file.line(line)[:_LONGEST],
            fingerprint=fingerprint.of(finding.rule, scope, " ".join(lines)),
            kept=self._kept(path, finding),
            fixable=finding.fixable,
        )

    def _kept(self, path: Path, finding: Finding) -> Keep | None:
        entries = self.selection.accepting(finding.rule, path)
        self.needed.update(entries)
        if finding.suppressed is not None:
            return Keep(by="comment", reason=finding.suppressed)
        return Keep(by="project", reason=entries[0].reason) if entries else None

    def _unneeded(self) -> Iterator[Issue]:
        """What the project accepts although it is nowhere found."""
        unfinished = [path for path, file in self.files.items() if file.unfinished]
        for entry in self.selection.accepted:
            if entry in self.needed or not self.selection.runs(entry.rule) or self.unread:
                continue
            if not any(entry.covers(entry.rule, path) for path in unfinished):
                yield self._unneeded_entry(entry)

    def _unneeded_entry(self, entry: Accepted) -> Issue:
        rule = next(rule for rule in rules.about_comments() if rule.id == UNUSED)
        return Issue(
            rule=rule.id,
            severity=self.selection.severities.get(rule.id, rule.severity),
            confidence="certain",
            file=self.places.name(entry.origin),
            line=entry.line,
            column=1,
            end=None,
            message=f"The project accepts `{entry.rule}` in `{entry.path}`, where it is not found.",
            scope="",
            classes=(),
            source="",
            fingerprint=fingerprint.of(rule.id, "", f"{entry.rule} {entry.path}"),
        )


def _order(issue: Issue) -> tuple[object, ...]:
    return issue.file, issue.line, issue.column, issue.rule, issue.message
