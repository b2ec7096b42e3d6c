"""What a constructor writes into the parameter groups that it was given, beside its defaults."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.static.source.classes import methods
from optreview.evidence.static.source.modules import FunctionRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.modules import Module

#: ``x["key"] =``, ``"key":``, ``setdefault("key"``; and in ``update(…)`` and ``dict(…)``, ``key=``.
_WRITTEN = re.compile(r"""['"](\w+)['"]\s*(?:\]\s*=(?!=)|:)|\bsetdefault\(\s*['"](\w+)['"]""")
_FILLING = re.compile(r"\b(?:update|dict)\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_KEYWORD = re.compile(r"(\w+)\s*=(?!=)")
_CALL = re.compile(r"(\bself\.)?\b(\w+)\(")
#: What a class has for building an optimizer and for adding groups to it.
_CONSTRUCTORS = ("__init__", "add_param_group")


def written_keys(reading: Reading) -> set[str]:
    """Keys that are written anywhere in what runs at construction, be it into the groups or elsewhere."""
    found: set[str] = set()
    for text in _texts(reading):
        found |= {one or other for one, other in _WRITTEN.findall(text)}
        found |= {name for inside in _FILLING.findall(text) for name in _KEYWORD.findall(inside)}
    return found


def _texts(reading: Reading) -> Iterator[str]:
    """The constructors, the ancestors' included, and the functions of the package that they call by name."""
    left: list[tuple[Module, cst.CSTNode]] = [
        (ref.module, declared)
        for ref in reading.lineage.read
        for name in _CONSTRUCTORS
        if (declared := methods(ref.node).get(name)) is not None
    ]
    seen: set[int] = set()
    while left:
        module, node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        text = module.text(node)
        yield text
        for own, name in _CALL.findall(text):
            called = _own(reading, name) if own else reading.index.resolve(module, name)
            if isinstance(called, FunctionRef):
                left.append((called.module, called.node))


def _own(reading: Reading, name: str) -> FunctionRef | None:
    method = reading.lineage.method(name)
    return FunctionRef(method.owner.module, method.node) if method else None
