"""Bias correction: averages that start at zero, divided by what they have seen so far."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import structs

from optreview.evidence.static.facts.places import shared_gate, sites
from optreview.evidence.static.interpreter.events import by_node
from optreview.evidence.static.interpreter.provenance import made_of, numbers
from optreview.evidence.static.interpreter.values import Scalar
from optreview.records import BiasCorrection, Correction

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.reading import Reading

_WORD = re.compile(r"[A-Za-z_]\w*")
_BETA = re.compile(r"(?:\w*_)?(beta_?\d?|b\d)$", re.IGNORECASE)


def bias_correction(reading: Reading) -> BiasCorrection:
    """Every ``1 - beta ** step`` that the step computes."""
    weights = _weights(reading)
    found = [
        # a helper is called on several paths: the condition of one of them is not that of the correction
        Correction(site=structs.replace(site, gate=shared_gate(entries)), buffers=_averaged(entries, weights))
        for entries in by_node(reading.in_step("correction"))
        for site in sites(entries)
    ]
    if not found:
        return BiasCorrection(present="not decided" if reading.limits or _running(reading) else "no")
    found.sort(key=lambda entry: entry.site.location)
    return BiasCorrection(present="yes", corrections=tuple(found))


def _running(reading: Reading) -> bool:
    """Whether a number is kept that only hyperparameters go into at every step: it may correct as well."""
    written = any(
        isinstance(atom, Scalar) and atom.names and "state" in atom.traits
        for event in reading.in_step("write")
        for atom in event.value
    )
    return written or any(
        all(event.tensors[0].size == "scalar" and not made_of(event.operands) for event in events)
        and any(numbers(event.operands) for event in events)
        for events in _written(reading).values()
    )


def _written(reading: Reading) -> dict[str, list[Event]]:
    """By key, what writes into a buffer of the state; kernels, which write into all of them, left aside."""
    found: dict[str, list[Event]] = {}
    for event in reading.in_step("in_place"):
        if event.name.startswith("_fused_"):
            continue
        for tensor in event.tensors:
            if tensor.role == "state" and tensor.key is not None:
                found.setdefault(tensor.key, []).append(event)
    return found


def _weights(reading: Reading) -> dict[str, set[str]]:
    """By buffer, the decays named by the expressions that write into it."""
    return {key: set().union(*map(_words, events)) for key, events in _written(reading).items()}


def _words(event: Event) -> set[str]:
    return _decays(event.module.text(event.node))


def _averaged(events: list[Event], weights: dict[str, set[str]]) -> tuple[str, ...]:
    """The buffers whose writes name the decay of the formula.

    A helper calls its weight what it likes, and one call of it may stand for several: it tells none.
    """
    named: set[str] = set()
    for event in events:
        own = _words(event)
        numbered = any(word[-1].isdigit() for word in own)  # ``beta`` alone is any of them
        if len(event.stack) == 1 or numbered:
            named |= own
    return tuple(sorted(key for key, words in weights.items() if words & named))


def _decays(text: str) -> set[str]:
    """The words that can be the weight of an average, without what is put before them."""
    return {found.group(1) for word in _WORD.findall(text) if (found := _BETA.match(word))}
