"""Where temporaries come from, as far as facts need it: which tensors went in, and in what form.

A temporary carries the origins of its operands: ``gradient``, ``parameter``, ``state``, and five forms.
``squared``: a product of a tensor with itself. ``norm``: a norm of a tensor, as it is. ``decay``: parameters
times a weight decay, and nothing else. ``power``: a hyperparameter to the power of a step counter.
``rate``: a number that holds a weight decay.

What a comparison gives is a ``mask`` and nothing else: it has no origin.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.code_values import Foreign
from optreview.evidence.static.interpreter.holders import Row
from optreview.evidence.static.interpreter.queries import derived, spread
from optreview.evidence.static.interpreter.torch_names import MASKING, OF_MASKS
from optreview.evidence.static.interpreter.values import NONE, Const, Scalar, Tensor, only, origins, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.static.interpreter.values import Atom, Names, Value

_DECAY = re.compile(
    r"(^|_)weight_decay(_rate|_factor|_coefficient)?$|^(wd|l2|l2_reg\w*|weight_decay_\w*rate)$"
)
_POWER = frozenset({"power"})
_ONE = only(Const(1))
_OF = {role: frozenset({role}) for role in ("gradient", "parameter", "state")}
_PRODUCTS = words("Multiply mul multiply addcmul addcmul_ _foreach_mul _foreach_addcmul_ mul_ multiply_")
_FACTORS = words("Multiply Divide mul mul_ multiply div div_ divide _foreach_mul _foreach_div")
_SQUARES = words("square square_")
POWERS = words("Power pow pow_ _foreach_pow")
_NORM = frozenset({"norm"})
MASK = frozenset({"mask"})
_BOOL = only(Foreign("torch.bool"))
_NORMS = words("norm vector_norm _foreach_norm")
_FORMS = words("squared norm decay power rate")
_ROOTS = words("sqrt sqrt_ rsqrt rsqrt_ norm vector_norm _foreach_sqrt _foreach_norm std")
#: What a step counter looks like: a number kept in the state or in the group, or read from a tensor.
_COUNTERS = frozenset({"state", "counter", "tensor"})


def counted(operator: str, result: Value, right: Value) -> Value:
    """A number to which one was added carries the trait ``counted``."""
    if operator.startswith("Add") and right == _ONE and len(result) == 1 and not spread(result, 1):
        return derived([result], "counted")
    return result


def is_weight_decay(name: str) -> bool:
    """Whether a hyperparameter is a weight decay, by the names in use; switches are none."""
    return _DECAY.search(name) is not None and not name.startswith(("decouple", "use_", "fixed_"))


def origin(tensor: Tensor) -> Names:
    """What a tensor is, or was computed from."""
    if tensor.role == "temporary":
        return NONE if tensor.of == MASK else tensor.of
    return _OF.get(tensor.role, NONE)


def masks(value: Value) -> bool:
    """Whether every tensor that a value can be is a mask, and one is."""
    held = [atom.of == MASK for atom in value if isinstance(atom, Tensor)]
    return bool(held) and all(held)


def made_of(values: Iterable[Value]) -> Names:
    """What the tensors among these values are or were computed from."""
    found: Names = NONE
    for value in values:
        for tensor in spread(value, 2):
            more = tensor.of if tensor.role == "temporary" else _OF.get(tensor.role, NONE)
            if more and more != MASK:
                found = found | more if found else more
    return found


def numbers(values: Iterable[Value]) -> Names:
    """The hyperparameters behind the values that are no tensors."""
    found: set[str] = set()
    for value in values:
        if not spread(value, 2):
            found |= origins(value)[0]
    return frozenset(found)


def form(name: str, operands: list[Value], decays: Names) -> Names:
    """The origins of what an operation makes of these operands."""
    if name in MASKING or _BOOL in operands or (name in OF_MASKS and any(map(masks, operands))):
        return MASK
    found = made_of(operands)
    if not found:
        return frozenset({"power"}) if name in POWERS and is_power(operands) else NONE
    decayed = bool(decays) and ("rate" in found or bool(numbers(operands) & decays))
    if decayed and not any(tensor.size == "full" for value in operands for tensor in spread(value, 2)):
        return frozenset({"rate"})
    found -= {"rate", "norm"}
    if name in _ROOTS:
        return (found - {"squared", "decay"}) | (_NORM if name in _NORMS else NONE)
    if _squares(name, operands):
        found |= {"squared"}
    elif _mixes(name, operands):
        found -= {"squared"}
    if name in POWERS and is_power(operands):
        found |= {"power"}
    if found - {"parameter", "decay"}:
        return found - {"decay"}
    return found | {"decay"} if found and decayed else found


def fresh(operands: list[Value]) -> Names:
    """The origins of a new tensor that has nothing of its operands but the shape."""
    return MASK if _BOOL in operands else NONE


def _mixes(name: str, operands: list[Value]) -> bool:
    """Whether a square is multiplied by a tensor, or put together with what did not go into it."""
    parts = [part for value in operands if (part := made_of([value]))]
    if name in _FACTORS:
        return len(parts) > 1
    everything = NONE.union(*parts) - _FORMS
    return any("squared" in part and part - _FORMS != everything for part in parts)


def _squares(name: str, operands: list[Value]) -> bool:
    if name in _SQUARES:
        return True
    if name in POWERS and len(operands) > 1:
        return any(getattr(atom, "value", None) == 2 for atom in operands[1])
    factors = [value for value in operands if made_of([value])][-2:] if name in _PRODUCTS else []
    return len(factors) == 2 and made_of(factors[:1]) == made_of(factors[1:])


def is_power(operands: list[Value]) -> bool:
    """Whether these are a hyperparameter and a step counter."""
    if len(operands) < 2 or not origins(operands[0])[0]:
        return False
    return any(
        (isinstance(atom, Scalar) and bool(atom.traits & _COUNTERS)) or isinstance(atom, Tensor)
        for atom in operands[1] | frozenset(spread(operands[1], 1))
    )


def no_power(result: Value) -> Value:
    """The same value, where what was computed from a power is no longer one."""
    found: set[Atom] = set()
    for atom in result:
        if isinstance(atom, Scalar) and atom.traits >= _POWER:
            found.add(replace(atom, traits=atom.traits - _POWER))
        elif isinstance(atom, Tensor) and atom.of >= _POWER:
            found.add(replace(atom, of=atom.of - _POWER))
        else:
            found.add(atom)
    return frozenset(found)


def retraced(result: Value, of: Names) -> Value:
    """The same tensors, of which the temporaries now hold something else."""
    return frozenset(
        replace(atom, of=of) if isinstance(atom, Tensor) and atom.role == "temporary" else atom
        for atom in result
    )


def traced(result: Value, of: Names) -> Value:
    """The result with the origins noted on every new temporary in it."""
    if not of:
        return result
    found: set[Atom] = set()
    for atom in result:
        if isinstance(atom, Tensor) and atom.role == "temporary" and not atom.of:
            found.add(replace(atom, of=of))
            continue
        if isinstance(atom, Row) and atom.items is None and atom.rest:
            found.add(Row(None, traced(atom.rest, of)))
            continue
        found.add(atom)
    return frozenset(found)
