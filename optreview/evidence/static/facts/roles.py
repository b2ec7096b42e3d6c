"""What a state buffer is for, from the operations that write into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.facts.places import is_initial
from optreview.evidence.static.interpreter.provenance import made_of, numbers, origin
from optreview.evidence.static.interpreter.queries import spread, tensors
from optreview.evidence.static.interpreter.values import NONE, Scalar, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.interpreter.values import Names
    from optreview.evidence.static.reading import Reading

_LERPS = words("lerp_ _foreach_lerp_")
_SCALES = words("mul_ Multiply _foreach_mul_ multiply_")
_ADDS = words(
    "add_ Add _foreach_add_ sub_ Subtract _foreach_sub_ addcmul_ _foreach_addcmul_ addcdiv_ _foreach_addcdiv_"
)
_PRODUCTS = words("addcmul_ _foreach_addcmul_")
_MAXIMA = words("_foreach_maximum_ clamp_min_ _foreach_clamp_min_") | {
    "maximum(out=)", "max(out=)", "fmax(out=)", "amax(out=)",
}  # fmt: skip
_COPIES = words("copy_ _foreach_copy_")
_CLEARS = words("zero_ fill_ _foreach_zero_")
_THINGS = (("gradient", "the gradient"), ("parameter", "the parameters"), ("state", "other state"))


def roles(reading: Reading) -> dict[str, str]:
    """By key, what its writes make of it; keys whose writes say nothing clear are missing."""
    written: dict[str, list[Event]] = {}
    for event in reading.in_step("in_place"):
        if event.name.startswith("_fused_"):  # a kernel's writes say nothing of what each buffer is for
            continue
        for key in {tensor.key for tensor in event.tensors if tensor.role == "state"}:
            if key is not None:
                written.setdefault(key, []).append(event)
    stored: dict[str, list[Event]] = {}
    for event in reading.in_step("write"):
        stored.setdefault(event.name, []).append(event)
    found = {
        key: (_role(written.get(key, []), stored.get(key, [])), stored.get(key, []))
        for key in dict.fromkeys([*written, *stored])
    }
    doubtful = _of_reused(reading.in_step("in_place"))
    return {
        key: _begun(role, puts)
        for key, (role, puts) in found.items()
        if role is not None and key not in doubtful
    }


def _begun(role: str, stored: Sequence[Event]) -> str:
    """What is added up from the parameters on is not a sum of what is added."""
    first = [tensor for event in stored if is_initial(event) for tensor in tensors(event.value)]
    whole = any(origin(tensor) == {"parameter"} for tensor in first if tensor.size == "full")
    grows = role.startswith(("EMA of", "sum of", "decaying sum of"))
    return f"the parameters at first; {role}" if whole and grows else role


def _of_reused(events: Sequence[Event]) -> set[str | None]:
    """Keys that are written with the gradient where the function has put something else into it before."""
    found: set[str | None] = set()
    reused: set[int] = set()
    for event in events:
        function = id(event.stack[-1].node)
        if event.name in _COPIES and any(tensor.role == "gradient" for tensor in event.tensors):
            reused.add(function)
        if function in reused and "gradient" in made_of(event.operands):
            found |= {tensor.key for tensor in event.tensors}
    return found


def _role(written: Sequence[Event], stored: Sequence[Event]) -> str | None:  # noqa: PLR0911 - one case a line
    if not written:
        return _number(stored) or _stored(stored)
    names = {event.name for event in written}
    if _counts(written):
        return "counter"
    adding = [event for event in written if event.name in _ADDS]
    if names & _MAXIMA:
        largest = "decaying maximum" if names & _SCALES else "running maximum"
        return None if adding or names & _LERPS else largest
    if any(event.name in _LERPS for event in written):
        return _about("EMA of {}", [event for event in written if event.name in _LERPS], first=True)
    scaling = [event for event in written if event.name in _SCALES]
    if any(made_of(event.operands) for event in scaling):  # scaled by what was computed, which no decay is
        return None
    if adding and scaling:
        shared = _weights(scaling) & _weights(adding)
        return _about("EMA of {}" if shared else "decaying sum of {}", adding)
    if adding:
        # What is taken out again, or is computed with state, which may be its own, is no sum of the rest.
        other = names & _CLEARS or any("state" in made_of(event.operands) for event in adding)
        return None if other else _about("sum of {}", adding)
    if scaling and not stored[1:]:
        return "running product" if all(event.tensors[0].size == "scalar" for event in scaling) else None
    copying = [event for event in written if event.name in _COPIES]
    return _about("made of {}", copying) if copying else None


def _weights(events: Sequence[Event]) -> Names:
    return frozenset().union(*(numbers(event.operands) for event in events))


def _counts(written: Sequence[Event]) -> bool:
    """One is added to a scalar, and nothing else is done to it."""
    adding = [event for event in written if event.name in _ADDS]
    return (
        bool(adding)
        and len(adding) == len(written)
        and all(
            event.tensors[0].size == "scalar" and not made_of(event.operands) - {"state"} for event in adding
        )
    )


def _number(stored: Sequence[Event]) -> str | None:
    """A number is a counter when one is added to what the state held, and nothing else."""
    later = [event for event in stored if not is_initial(event)]
    for event in later:
        for atom in event.value:
            if isinstance(atom, Scalar) and atom.traits == {"state", "counted"} and not atom.names:
                return "counter"
    return None


def _stored(stored: Sequence[Event]) -> str | None:
    """A tensor that is only ever put there whole, made of one thing alone: a copy, or sorted, or rounded."""
    found = [origin(tensor) for event in stored for tensor in tensors(event.value) if tensor.size == "full"]
    known = {made for made in found if made}
    if len(known) != 1 or len(found) < len(stored):
        return None
    (made,) = known
    once = all(is_initial(event) for event in stored)
    if made == {"parameter"}:
        return "made of the parameters at the start" if once else "made of the parameters"
    return "made of the gradient" if made == {"gradient"} and not once else None


def _about(pattern: str, events: Sequence[Event], *, first: bool = False) -> str | None:
    """The role, with what goes in: what every one of the events agrees on."""
    inputs = [_input(event, first=first) for event in events]
    known = [entry for entry in inputs if entry]
    if not known:
        return None
    common = frozenset.intersection(*known)
    parts = {part for part, _ in _THINGS}
    if not common or frozenset.union(*known) & parts != common & parts:
        return None  # one form has what another lacks, or hides
    number = all(tensor.size == "scalar" for event in events for tensor in event.tensors)
    for part, text in _THINGS:
        if part in common:
            other = " and other state" if part == "gradient" and "state" in common else ""
            return pattern.format(_wording(text, other, common, number=number))
    return None


def _wording(text: str, other: str, common: Names, *, number: bool) -> str:
    """What goes in, said so that it is true whichever of the forms it has."""
    if "norm" in common:
        return f"a norm of {text}{other}"
    if number:
        return f"a number computed from {text}{other}"
    if "squared" in common:
        return f"the square of what {text}{other} give" if other else text.replace("the ", "the squared ")
    return f"{text} combined with other state" if other else text


def _input(event: Event, *, first: bool) -> Names:
    held = [value for value in event.operands if spread(value, 2)]
    parts = [made_of([value]) for value in (held[:1] if first else held)]
    found = NONE.union(*parts)
    if event.name in _PRODUCTS:
        found -= {"squared", "norm"}
        if len(parts) == 2 and parts[0] == parts[1] and (len(found) == 1 or _twice(event)):
            found |= {"squared"}
    return found


def _twice(event: Event) -> bool:
    """Whether the same expression stands for both factors."""
    arguments = event.node.args if isinstance(event.node, cst.Call) else ()
    factors = [event.module.text(entry.value) for entry in arguments if entry.keyword is None][-2:]
    return len(factors) == 2 and factors[0] == factors[1]
