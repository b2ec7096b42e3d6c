"""Whether an option was shown to be what its name says: by the lines that ask for it, or by a run."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from optreview.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from optreview.records import Evidence, Location, Site


class Shown(Frozen, frozen=True):
    """What shows it: lines of the source, or a run where there are none."""

    locations: tuple[Location, ...] = ()


def shown(by: str, names: Iterable[str], evidence: Evidence) -> Shown | None:
    """None where nothing shows it of each of the names.

    Args:
        by: What an idea says that it is shown by.
        names: The options that have it by name.
        evidence: What was found of the class.
    """
    way = _WAYS.get(by)
    found = [way(name, evidence) for name in names] if way else []
    if not found or None in found:
        return None
    return Shown(tuple(dict.fromkeys(place for each in found if each for place in each.locations)))


def _decoupled(name: str, evidence: Evidence) -> Shown | None:
    """Where it is on, weight decay passes the gradient by; where it is off, the decay is added to it."""
    workings = evidence.static.workings
    if workings is None:
        return None
    decay = workings.weight_decay
    sites = _places(decay.decoupled, name, on=True)
    return Shown(sites) if sites and _places(decay.coupled, name, on=False) else None


def _corrected(name: str, evidence: Evidence) -> Shown | None:
    workings = evidence.static.workings
    if workings is None:
        return None
    sites = [each.site for each in workings.bias_correction.corrections]
    found = _places(sites, name, on=True)
    return Shown(found) if found else None


def _maximum(name: str, evidence: Evidence) -> Shown | None:
    buffers = [each for each in evidence.static.state_buffers if each.role == "running maximum"]
    found = [each for each in buffers if _signs(each.gate or "", name) == {True}]
    return Shown(tuple(place for each in found for place in each.sites[:1])) if found else None


def _path(kind: str, name: str, evidence: Evidence) -> Shown | None:
    workings = evidence.static.workings
    found = (
        [each for each in workings.paths if each.kind == kind and name in each.options] if workings else []
    )
    return Shown(found[0].locations[:1]) if found else None


def _answered(question: str, _name: str, evidence: Evidence) -> Shown | None:
    """A probe has run it."""
    answers = evidence.dynamic.measurements if evidence.dynamic else ()
    return Shown() if any(each.id == question and each.value is True for each in answers) else None


_WAYS: Mapping[str, Callable[[str, Evidence], Shown | None]] = {
    "decoupled decay": _decoupled,
    "correction": _corrected,
    "maximum": _maximum,
    "foreach path": partial(_path, "foreach"),
    "fused path": partial(_path, "fused"),
    "climbing": partial(_answered, "maximize_mirrors_minimize"),
}
KINDS = frozenset(_WAYS)


def _places(sites: Iterable[Site], name: str, *, on: bool) -> tuple[Location, ...]:
    """Those under a condition on it; none where one of them is under the opposite."""
    signs = [(each, _signs(each.gate or "", name)) for each in sites]
    if any((not on) in sign for _, sign in signs):
        return ()
    return tuple(each.location for each, sign in signs if sign == {on})


def _signs(gate: str, name: str) -> set[bool]:
    """Whether the condition asks that the option is on, or off; neither where it compares it."""
    try:
        tree = ast.parse(gate, mode="eval").body
    except SyntaxError:
        return set()
    return set(_asked(tree, name, wanted=True))


def _asked(node: ast.expr, name: str, *, wanted: bool) -> Iterator[bool]:
    if isinstance(node, ast.BoolOp):
        for each in node.values:
            yield from _asked(each, name, wanted=wanted)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield from _asked(node.operand, name, wanted=not wanted)
    elif _read(node) == name:
        yield wanted


def _read(node: ast.expr) -> str | None:
    """``x`` of ``x``, ``self.x``, ``group["x"]`` and ``group.get("x")``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name
    return None
