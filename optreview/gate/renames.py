"""Which class of today is which class of another revision, where its name or its module is another one."""

from __future__ import annotations

import ast
import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.evidence import static

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optreview.evidence.static import Candidate
    from optreview.records import Target

#: So much of the lines must be the same; of a class that keeps its name, which most that move do, less.
_ALIKE, _OF_ONE_NAME = 0.7, 0.4


def candidates(places: Sequence[Target]) -> dict[str, Candidate]:
    """The classes of some targets by name."""
    found = static.survey(places).found
    return {f"{each.target.module}:{each.target.class_name}": each for each in found}


def found(before: Mapping[str, Candidate], after: Mapping[str, Candidate]) -> dict[str, str]:
    """The names of today of classes that are no longer there under their former names.

    The most similar two come first, of equals those with similar names, and each class is taken once.
    """
    gone = {name: _lines(before[name]) for name in sorted(before.keys() - after.keys())}
    new = {name: _lines(after[name]) for name in sorted(after.keys() - before.keys())}
    pairs = sorted(
        (-_similarity(lines, others), -_similarity(list(name), list(other)), name, other)
        for name, lines in gone.items()
        for other, others in new.items()
        if _similarity(lines, others) >= (_OF_ONE_NAME if _class(name) == _class(other) else _ALIKE)
    )
    moved: dict[str, str] = {}
    for _, _, name, other in pairs:
        if name not in moved and other not in moved.values():
            moved[name] = other
    return moved


def _class(name: str) -> str:
    return name.rpartition(":")[2]


def _similarity(one: list[str], other: list[str]) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() if one and other else 0.0


def _lines(candidate: Candidate) -> list[str]:
    """The lines of a class without its own name; none where they cannot be read."""
    name = candidate.target.class_name or ""
    try:
        text = Path(candidate.target.path).read_text(encoding="utf-8")
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError):
        return []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name and node.end_lineno:
            body = text.splitlines()[node.lineno - 1 : node.end_lineno]
            return [line.replace(name, "").strip() for line in body if line.strip()]
    return []
