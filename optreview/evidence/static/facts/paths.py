"""Other ways to run the step: many tensors in one call, in one kernel, captured, differentiated, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import libcst as cst

from optreview.evidence.static.facts.hyperparameters import read_places
from optreview.evidence.static.facts.multi_tensor import FOREACH, FUSED, list_calls, list_places
from optreview.evidence.static.facts.places import places
from optreview.evidence.static.source.classes import decorated
from optreview.records import ExecutionPath

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading
    from optreview.records import Location

PathKind = Literal["foreach", "fused", "capturable", "differentiable", "compiled"]

_COMPILERS = ("torch.compile", "torch.jit.script", "torch.compiler.compile")
_SWITCHES: tuple[PathKind, ...] = ("capturable", "differentiable")


def execution_paths(reading: Reading) -> tuple[ExecutionPath, ...]:
    """The paths that exist, each with the options in the conditions that lead to it."""
    compiled = [event for event in reading.of("call") if event.name in _COMPILERS]
    found = [
        _of_lists("foreach", FOREACH, reading),
        _of_lists("fused", FUSED, reading),
        *_switches(reading),
        _compiled(compiled, reading),
    ]
    return tuple(path for path in found if path.locations)


def _of_lists(kind: PathKind, prefixes: tuple[str, ...], reading: Reading) -> ExecutionPath:
    options = _options(list_calls(reading, prefixes), kind, reading)
    return ExecutionPath(kind=kind, options=options, locations=list_places(reading, prefixes))


def _compiled(events: list[Event], reading: Reading) -> ExecutionPath:
    locations = tuple(sorted({*places(events), *_compiled_functions(reading)}))
    return ExecutionPath(kind="compiled", options=_options(events, "compile", reading), locations=locations)


def _options(events: list[Event], word: str, reading: Reading) -> tuple[str, ...]:
    """The options that choose a path: named after it and asked on some way to it, or else read anywhere."""
    known = {entry.name for entry in reading.signature.parameters}
    ways = [frozenset(name for guard in event.guards for name in guard.names) & known for event in events]
    named = {name for way in ways for name in way if word in name}
    if not named and ways and word in read_places(reading):
        return (word,)
    return tuple(sorted(named))


def _switches(reading: Reading) -> list[ExecutionPath]:
    reads = read_places(reading)
    return [
        ExecutionPath(kind=name, options=(name,), locations=reads[name])
        for name in _SWITCHES
        if name in reads
    ]


def _compiled_functions(reading: Reading) -> list[Location]:
    """Functions reached from ``step`` that are compiled by a decorator."""
    return [
        module.location(node)
        for node, (module, _) in reading.reached.items()
        if isinstance(node, cst.FunctionDef) and (decorated(node, "compile") or decorated(node, "script"))
    ]
