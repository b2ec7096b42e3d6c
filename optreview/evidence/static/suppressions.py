"""Comments that say why a finding stays: ``# optreview: ignore[rule, other-rule] reason``.

Such a comment holds for its own line; on the first or the last line of a statement, or alone above it, for
the whole statement, of which a block is no part. Only real comments count, never text in a string.
"""

from __future__ import annotations

import io
import re
import tokenize
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from optreview.frozen import Frozen
from optreview.records import Location, Position
from optreview.records.common import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from optreview.evidence.static.source.modules import Module
    from optreview.evidence.static.source.outline import Outline
    from optreview.records import Finding

#: Possessive, as a line may be nothing but a million signs.
_MARK = re.compile(r"(?<!#)#++[ \t]*+optreview[ \t]*+:", re.IGNORECASE)
#: Up to another tool's comment behind it.
_PRAGMA = re.compile(_MARK.pattern + r"(?P<rest>.*?)(?=[ \t]#++[ \t]|$)", re.IGNORECASE)
_IGNORE = re.compile(r"[ \t]*ignore[ \t]*\[(?P<rules>[^\]]*)\](?P<reason>.*)", re.IGNORECASE)
#: A reason is a sentence; what is longer is cut.
_LONGEST = 300
_BEFORE = ":-\u2013\u2014 "


class _Comment(NamedTuple):
    line: int
    column: int
    text: str


class Suppression(Record, frozen=True, kw_only=True):
    """One comment, read.

    Attributes:
        rules: The ids as they would be named in the catalogue; empty when the comment is not understood.
        first: The first of the lines it holds for, ``last`` the last.
        owner: The top-level definition that the first of these lines stands in, the empty string for none.
    """

    location: Location
    end: Position
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int
    owner: str

    @property
    def lines(self) -> range:
        """The lines it holds for."""
        return range(self.first, self.last + 1)


class Use(Frozen, frozen=True):
    """What became of the suppressions of one file, when rules have run over classes of it.

    Attributes:
        known: Every rule that there is.
        needed: Which of the suppressions' rules silence a finding, by the suppression's index.
        judged: Which of them would have found something there if there were anything, by the same index:
            rules that ran, over all the code that a suppression can be about.
    """

    suppressions: tuple[Suppression, ...]
    known: frozenset[str]
    needed: tuple[frozenset[str], ...]
    judged: tuple[frozenset[str], ...]


class Suppressions:
    """The suppressions of a file.

    Attributes:
        found: All of them, in the order of the file.
    """

    def __init__(self, found: tuple[Suppression, ...]) -> None:
        self.found = found
        self._by_line: dict[int, list[int]] = {}
        for number, each in enumerate(self.found):
            for line in each.lines:
                self._by_line.setdefault(line, []).append(number)

    @classmethod
    def of(cls, module: Module) -> Self:
        """Those that the comments of a file hold."""
        comments = tuple(_comments(module.code))
        below = _below(module.outline.lines) if comments else []
        return cls(
            tuple(
                _read(module, comment, pragma, below)
                for comment in comments
                for pragma in _PRAGMA.finditer(comment.text)
            )
        )

    def reason(self, finding: Finding) -> str | None:
        """The reason of the first comment that holds for a finding of this file; None when none does."""
        return next((self.found[number].reason for number in self._of(finding)), None)

    def weigh(
        self, findings: Iterable[Finding], known: frozenset[str], ran: Callable[[str], frozenset[str]]
    ) -> Use:
        """What became of them, given all findings in the file.

        ``ran`` tells which rules ran over all the code of a top-level definition, or of the file for none.
        """
        needed: list[set[str]] = [set() for _ in self.found]
        for finding in findings:
            for number in self._of(finding):
                needed[number].add(finding.rule)
        judged = tuple(ran(each.owner) for each in self.found)
        return Use(self.found, known, tuple(map(frozenset, needed)), judged)

    def _of(self, finding: Finding) -> Iterator[int]:
        for number in self._by_line.get(finding.location.line, ()):
            if finding.rule in self.found[number].rules:
                yield number


def mark(findings: Iterable[Finding], modules: Sequence[Module]) -> Iterator[Finding]:
    """The findings, each with the definition it stands in and with the reason of the comment that holds."""
    by_file = {module.file: module for module in modules}
    for finding in findings:
        module = by_file.get(finding.location.file)
        if module is None:
            yield finding
            continue
        yield msgspec.structs.replace(
            finding,
            scope=module.outline.scope(finding.location.line) or None,
            suppressed=module.suppressions.reason(finding),
        )


def _comments(code: str) -> Iterator[_Comment]:
    """The comments that address optreview. Nearly no file has one, and then nothing is tokenized."""
    if not _MARK.search(code):
        return
    # What Python cannot tokenize to its end was read by libcst all the same: its comments so far count.
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(code, newline=None).readline):
            if token.type == tokenize.COMMENT and _MARK.search(token.string):
                yield _Comment(*token.start, token.string)


def _read(module: Module, comment: _Comment, pragma: re.Match[str], below: Sequence[int]) -> Suppression:
    ignore = _IGNORE.fullmatch(pragma["rest"])
    lines = _lines(module.outline, comment, below)
    return Suppression(
        location=Location(file=module.file, line=comment.line, column=comment.column + pragma.start() + 1),
        end=Position(line=comment.line, column=comment.column + pragma.end() + 1),
        rules=_rules(ignore["rules"]) if ignore else (),
        reason=" ".join(ignore["reason"].split()).lstrip(_BEFORE)[:_LONGEST] if ignore else "",
        first=lines.start,
        last=lines.stop - 1,
        owner=module.outline.scope(lines.start).partition(".")[0],
    )


def _rules(text: str) -> tuple[str, ...]:
    names = (name.strip().lower().replace("-", "_") for name in text.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def _lines(outline: Outline, comment: _Comment, below: Sequence[int]) -> range:
    alone = not outline.lines[comment.line - 1][: comment.column].strip()
    line = below[comment.line - 1] if alone else comment.line
    statement = outline.at(line)
    if statement is None or line not in {statement.first, statement.keyword, statement.last}:
        return range(line, line + 1)
    return range(statement.first, statement.last + 1)


def _below(lines: Sequence[str]) -> list[int]:
    """For each line, the first one under it that is not only a comment."""
    below = [0] * len(lines)
    following = len(lines) + 1
    for number in range(len(lines), 0, -1):
        below[number - 1] = following
        if not lines[number - 1].lstrip().startswith("#"):
            following = number
    return below
