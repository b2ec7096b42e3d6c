"""Sizes that code hands to torch as numbers, for tensors of another shape than they were read on."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optreview.evidence.dynamic.rule.equations.operations import base
from optreview.evidence.dynamic.rule.program.instructions import Call, Read, mapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optreview.evidence.dynamic.rule.program.instructions import Instruction

    Shape = Sequence[int]

_SIZED = frozenset({"view", "reshape", "expand", "broadcast_to", "unflatten", "eye"})
_SIZED |= {f"{prefix}{name}" for prefix in ("", "new_") for name in ("zeros", "ones", "empty", "full")}


def sizes_by_size(before: Iterable[Shape], after: Iterable[Shape]) -> dict[int, int]:
    """What each side, and each number of elements, has become."""
    found: dict[int, int] = {}
    for one, other in zip(before, after, strict=True):
        if len(one) == len(other):
            found.update(zip(one, other, strict=True))
            found[math.prod(one)] = math.prod(other)
    return {size: new for size, new in found.items() if size > 1}


def resized(instruction: Instruction, sizes: dict[int, int]) -> Instruction:
    """The same with other sizes, where it is given sizes."""
    call = instruction.call if isinstance(instruction, Read) else instruction
    if not isinstance(call, Call) or base(call.name) not in _SIZED:
        return instruction

    def other(value: Any) -> Any:  # noqa: ANN401 - an argument
        return sizes.get(value, value) if type(value) is int else value

    kwargs = {name: mapped(value, other) for name, value in call.kwargs.items()}
    changed = replace(call, args=tuple(mapped(call.args, other)), kwargs=kwargs)
    return replace(instruction, call=changed) if isinstance(instruction, Read) else changed
