"""Public methods beside ``step``: what has to be called by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.static.source.classes import decorated, methods
from optreview.records import MethodAside

if TYPE_CHECKING:
    import libcst as cst

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.records.workings import Touched

_KINDS = ("gradient", "in_place", "write", "global_write")
_OWN = re.compile(r"\bself\.(\w+)\b")
#: Of a wrapper's parameters nothing is followed, as they are another's; what has a gradient is one.
_GRADIENT = re.compile(r"\.grad\b(?!\()")
_ORDER: tuple[Touched, ...] = ("gradients", "parameters", "state")


def methods_aside(reading: Reading) -> tuple[MethodAside, ...]:
    """Methods that read or write gradients, or write parameters or state, and that no other method names.

    Those that the constructor or ``step`` name are left out: they may be handed on, for a hook to call.
    """
    module = reading.lineage.subject.module
    own = _own(reading)
    names = {name: _named(module.text(node)) - {name} for name, node in own.items()}
    touched = {name: _touched(reading, name, module.text(node)) for name, node in own.items()}
    for _ in own:  # what a method calls does what it does
        touched = {
            name: each.union(*(touched.get(other, frozenset()) for other in names[name]))
            for name, each in touched.items()
        }
    beside = {name for name, each in touched.items() if each and not name.startswith("_")}
    called = _run(reading).union(*(names[name] for name in beside))
    return tuple(
        MethodAside(
            name=name,
            location=module.location(own[name].name),
            touches=tuple(each for each in _ORDER if each in touched[name]),
        )
        for name in sorted(beside - called)
    )


def _own(reading: Reading) -> dict[str, cst.FunctionDef]:
    """The class's methods in its own file, less those that ``step`` comes to."""
    found = {}
    for owner in reading.lineage.read:
        if owner.module is not reading.lineage.subject.module:
            continue
        for name, node in methods(owner.node).items():
            method = reading.lineage.method(name)
            current = method is not None and method.node is node and node not in reading.reached
            if current and not decorated(node, "property") and not decorated(node, "setter"):
                found[name] = node
    return found


def _run(reading: Reading) -> frozenset[str]:
    """What the constructor and what ``step`` comes to name of ``self``."""
    texts = [module.text(node) for node, (module, _) in reading.reached.items()]
    constructor = reading.signature.constructor
    if constructor is not None:
        texts.append(constructor.owner.module.text(constructor.node))
    return frozenset().union(*map(_named, texts))


def _named(text: str) -> frozenset[str]:
    return frozenset(_OWN.findall(text))


def _touched(reading: Reading, name: str, text: str) -> frozenset[Touched]:
    events: tuple[Event, ...] = reading.of(*_KINDS, entry=name)
    roles = {tensor.role for event in events if event.kind == "in_place" for tensor in event.tensors}
    kinds = {event.kind for event in events}
    told: dict[Touched, bool] = {
        "gradients": "gradient" in roles | kinds or _GRADIENT.search(text) is not None,
        "parameters": "parameter" in roles,
        "state": "state" in roles or bool(kinds & {"write", "global_write"}),
    }
    return frozenset(each for each, holds in told.items() if holds)
