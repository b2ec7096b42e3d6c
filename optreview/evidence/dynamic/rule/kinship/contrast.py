"""Invariants of two rules side by side, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optreview.records import Invariants

#: Two powers that differ by less are one.
_ALIKE = 0.04
_BY = ", by more than a tenth of its largest effect,"


def contrast(mine: Invariants, theirs: Invariants) -> dict[str, str]:
    """In which invariants two rules differ, each with words."""
    found = {}
    if not _alike(mine.scale, theirs.scale):
        found["scale"] = f"its late updates are {_scale(mine)}; there they are {_scale(theirs)}"
    if mine.coupling != theirs.coupling:
        found["coupling"] = (
            f"an element's update depends on the gradients {_OF[mine.coupling or 'tensor']}; "
            f"there {_OF[theirs.coupling or 'tensor']}"
        )
    if mine.parameter != theirs.parameter:
        found["parameter"] = (
            f"the parameter {_ENTERS[mine.parameter or 'other']}; "
            f"there it {_ENTERS[theirs.parameter or 'other']}"
        )
    if (mine.memory == 1) is not (theirs.memory == 1):
        found["memory"] = (
            f"a gradient is felt{_BY} in one update alone; there in later ones too"
            if mine.memory == 1
            else f"a gradient is felt{_BY} in later updates too; there in one alone"
        )
    return found


_OF = {
    "element": "of that element alone",
    "row": "of its row",
    "column": "of its column",
    "cross": "of its row and its column",
    "tensor": "of the whole tensor",
}
_ENTERS = {
    "none": "does not enter the update",
    "scale": "scales the update",
    "direction": "enters by its direction alone",
    "other": "enters the update",
}


def _scale(one: Invariants) -> str:
    if one.scale is None:
        return "in proportion to no one power of the gradients' size"
    whole = {0.0: "independent of the gradients' size", 1.0: "proportional to the gradients' size"}
    return whole.get(one.scale, f"proportional to the power {one.scale:g} of the gradients' size")


def _alike(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else abs(one - other) <= _ALIKE
