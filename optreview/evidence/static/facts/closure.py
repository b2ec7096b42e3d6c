"""How ``step`` treats a closure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import libcst as cst

from optreview.evidence.static.facts.places import places
from optreview.evidence.static.facts.wrappers import wrapped
from optreview.evidence.static.interpreter.values import origins
from optreview.records import ClosureProtocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.evidence.static.source.modules import Module

Argument = Literal["optional", "required", "not accepted", "not decided"]
Calls = Literal["never", "once", "several times", "in a loop", "passed on", "not decided"]
Loss = Literal["yes", "on some paths", "no", "not decided"]


def closure_protocol(reading: Reading) -> ClosureProtocol:
    """Whether a closure is taken, how often it is called, with autograd or without, and what comes back."""
    events = reading.in_step("closure")
    recorded = {event.grad or event.name == "enabled" for event in events}
    grad: Literal["enabled", "disabled", "on some paths", "not called"] = "not called"
    if recorded:
        grad = "on some paths" if len(recorded) > 1 else "enabled" if True in recorded else "disabled"
    return ClosureProtocol(
        argument=_argument(reading, events),
        calls=_calls(reading, events),
        grad=grad,
        returns_loss=_loss(reading, events),
        locations=places(events),
    )


def _argument(reading: Reading, events: Sequence[Event]) -> Argument:
    step = reading.lineage.method("step")
    if step is None:
        return "not decided"
    declared = step.node.params
    entries = [*declared.posonly_params, *declared.params, *declared.kwonly_params]
    closure = next((entry for entry in entries if "closure" in entry.name.value), None)
    if closure is None:
        return "not accepted"
    return "required" if closure.default is None or _demanded(reading, events) else "optional"


def _demanded(reading: Reading, events: Sequence[Event]) -> bool:
    """Whether a missing closure is an error: it raises, or every step calls the closure unasked."""
    refused = any(event.guards and _is_missing(event) for event in reading.in_step("raise"))
    unasked = (event for event in events if event.name != "perhaps")
    return refused or any(
        all("closure" not in guard.traits and guard.routine for guard in event.guards) for event in unasked
    )


def _is_missing(event: Event) -> bool:
    guard = event.guards[-1]
    text = guard.text.replace("(", "").replace(")", "")
    return "closure" in guard.traits and ("closure is None" in text or text.startswith("not closure"))


def _calls(reading: Reading, events: Sequence[Event]) -> Calls:
    if not events:
        return "passed on" if wrapped(reading) else "not decided" if reading.limits else "never"
    if any(_looped(event) for event in events):
        return "in a loop"
    nodes = {event.node: event for event in events}
    several = [
        (first, second)
        for position, first in enumerate(nodes.values())
        for second in list(nodes.values())[position + 1 :]
        if not _exclusive(first, second)
    ]
    return "several times" if several else "once"


def _exclusive(first: Event, second: Event) -> bool:
    """Whether two events stand on different sides of one test."""
    sides = {(guard.node, guard.positive) for guard in first.guards}
    return any((guard.node, not guard.positive) in sides for guard in second.guards)


def _looped(event: Event) -> bool:
    """Whether it, or a call that leads to it, stands in a loop."""
    inner = [*((frame.site, frame.site_module) for frame in event.stack[1:]), (event.node, event.module)]
    for frame, (node, module) in zip(event.stack, inner, strict=True):
        if node is None or module is None or not isinstance(frame.node, cst.FunctionDef):
            continue
        line = module.span(node).line
        loops = _loops(frame.node.body, module) if module is frame.module else ()
        if any(start <= line <= end for start, end in loops):
            return True
    return False


def _loops(suite: cst.BaseSuite, module: Module) -> Iterator[tuple[int, int]]:
    for statement in suite.body:
        if isinstance(statement, cst.For | cst.While):
            span = module.span(statement.body)
            yield module.span(statement).line, span.end_line
            continue
        for part in ("body", "orelse", "finalbody"):
            inner = getattr(statement, part, None)
            if isinstance(inner, cst.BaseSuite):
                yield from _loops(inner, module)
            elif isinstance(inner, cst.If):  # an ``elif``
                yield from _loops(cst.IndentedBlock(body=[inner]), module)
            elif isinstance(inner, cst.Else | cst.Finally):
                yield from _loops(inner.body, module)


def _loss(reading: Reading, events: Sequence[Event]) -> Loss:
    returns = reading.in_step("return")
    if not events:
        return "not decided" if reading.limits or wrapped(reading) else "no"
    handed = ["loss" in origins(event.value)[1] for event in returns]
    if not any(handed):
        return "not decided" if any(event.name for event in returns) and reading.limits else "no"
    return "yes" if all(handed) else "on some paths"
