"""Bias correction: averages that start at zero, divided by what they have seen so far."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.evidence.static.facts.places import sites
from optreview.records import BiasCorrection, Correction

if TYPE_CHECKING:
    from optreview.evidence.static.events import Event
    from optreview.evidence.static.reading import Reading

_WORD = re.compile(r"[A-Za-z_]\w*")
_COMMON = frozenset({"self", "group", "state", "p", "grad", "torch", "math"})


def bias_correction(reading: Reading) -> BiasCorrection:
    """Every ``1 - beta ** step`` that the step computes."""
    events = reading.in_step("correction")
    by_place: dict[object, list[Event]] = {}
    for event in events:
        by_place.setdefault(event.node, []).append(event)
    weights = _weights(reading)
    found = [
        Correction(site=site, buffers=_averaged(entries, weights))
        for entries in by_place.values()
        for site in sites(entries)
    ]
    if not found:
        return BiasCorrection(present="not decided" if reading.limits else "no")
    return BiasCorrection(
        present="yes", corrections=tuple(sorted(found, key=lambda entry: entry.site.location))
    )


def _weights(reading: Reading) -> dict[str, set[str]]:
    """By buffer, the words in the expressions that write into it."""
    found: dict[str, set[str]] = {}
    for event in reading.in_step("in_place"):
        for tensor in event.tensors:
            if tensor.role == "state" and tensor.key is not None:
                found.setdefault(tensor.key, set()).update(_words(event))
    return found


def _words(event: Event) -> set[str]:
    return set(_WORD.findall(event.module.text(event.node))) - _COMMON


def _averaged(events: list[Event], weights: dict[str, set[str]]) -> tuple[str, ...]:
    """The buffers whose writes name the same decay: by the words of the formula, or of the call that leads to it."""
    named: set[str] = set()
    for event in events:
        frames = [
            frame for frame in event.stack[1:] if frame.site is not None and frame.site_module is not None
        ]
        named |= _words(event)
        for frame in frames[-1:]:
            if frame.site is not None and frame.site_module is not None:
                named |= set(_WORD.findall(frame.site_module.text(frame.site))) - _COMMON
    return tuple(sorted(key for key, words in weights.items() if words & named & _decays(named)))


def _decays(named: set[str]) -> set[str]:
    """The words that can be the weight of an average."""
    return {word for word in named if "beta" in word.lower() or word.lower().startswith(("b1", "b2", "b3"))}
