"""Whether weight decay goes through the gradient or past it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from optreview.evidence.static.facts.places import sites
from optreview.evidence.static.interpreter.provenance import is_weight_decay, made_of, numbers, origin
from optreview.evidence.static.interpreter.queries import spread
from optreview.evidence.static.interpreter.values import origins, words
from optreview.records import WeightDecay

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.interpreter.values import Names
    from optreview.evidence.static.reading import Reading

Coupling = Literal["coupled", "decoupled"]

_ADDS = words(
    "add add_ sub sub_ Add Subtract addcmul addcmul_ _foreach_add _foreach_add_ _foreach_sub _foreach_sub_"
    " subtract_"
)
_SCALES = words("mul_ Multiply _foreach_mul_ multiply_ div_ Divide")
_REPLACES = words("copy_ _foreach_copy_") | {".data =", "item assignment"}
_DIVIDES = words("div_ divide_ Divide _foreach_div_")
_WRITES = _ADDS | _SCALES | _REPLACES


def weight_decay(reading: Reading) -> WeightDecay:
    """The coupling of every operation that a weight decay takes part in."""
    decays = decay_names(reading)
    if not decays:
        return WeightDecay(coupling="not decided" if reading.limits else "none")
    found: dict[Coupling, list[Event]] = {"coupled": [], "decoupled": []}
    normalised = False
    for event in reading.in_step("in_place", "allocate"):
        normalised = normalised or _normalises(event)
        coupling = coupling_of(event, decays)
        # What is added to a gradient that was made an update in its place is neither the one nor the other.
        if normalised and coupling == "coupled":
            return WeightDecay(coupling="not decided")
        if coupling is not None:
            found[coupling].append(event)
    coupled, decoupled = sites(found["coupled"]), sites(found["decoupled"])
    if coupled and decoupled:
        return WeightDecay(coupling="both", coupled=coupled, decoupled=decoupled)
    if coupled:
        return WeightDecay(coupling="coupled", coupled=coupled)
    return WeightDecay(coupling="decoupled" if decoupled else "not decided", decoupled=decoupled)


def _normalises(event: Event) -> bool:
    """Whether the gradient itself is divided by something made of state."""
    if event.kind != "in_place" or event.name not in _DIVIDES:
        return False
    return event.tensors[0].role == "gradient" and "state" in made_of(event.operands)


def decay_names(reading: Reading) -> Names:
    """The hyperparameters that are weight decays."""
    return frozenset(entry.name for entry in reading.signature.parameters if is_weight_decay(entry.name))


def coupling_of(event: Event, decays: Names) -> Coupling | None:
    """What an operation does with a weight decay: nothing, most of them."""
    if event.name not in (_WRITES if event.kind == "in_place" else _ADDS):
        return None
    parts = [made_of([value]) for value in event.operands if spread(value, 2)]
    named = bool(numbers(event.operands) & decays) or any("rate" in part for part in parts)
    if event.name in _SCALES:  # a factor may be a number on one way and a tensor on another
        named = named or any(origins(value)[0] & decays for value in event.operands)
    parts = [part for part in parts if "rate" not in part]
    if not named and not any("decay" in part for part in parts):
        return None
    judge = _written if event.kind == "in_place" else _made
    return judge(event, parts, named=named)


def _decays(part: Names, *, named: bool) -> bool:
    """Whether an operand is a parameter times a weight decay."""
    return "decay" in part or (named and part == {"parameter"})


def _written(event: Event, parts: list[Names], *, named: bool) -> Coupling | None:
    target = event.tensors[0]
    scaled = any(_decays(part, named=named) for part in parts)
    if target.role == "parameter":
        hit = named if event.name in _SCALES else scaled and event.name in _ADDS | _REPLACES
        return "decoupled" if hit else None
    return _into(origin(target)) if event.name in _ADDS and scaled else None


def _made(event: Event, parts: list[Names], *, named: bool) -> Coupling | None:
    others = [part for part in parts if not _decays(part, named=named)]
    if event.name not in _ADDS or len(others) != 1 or len(parts) != 2:
        return None
    return _into(others[0])


def _into(part: Names) -> Coupling | None:
    """What is added to: the gradient, or an update that state has gone into."""
    if "state" in part:
        return "decoupled"
    return "coupled" if "gradient" in part else None
