"""Methods that a user calls by hand and that no run of the review called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optreview.records import Evidence, Location, MethodAside

#: What every optimizer has, and is asked for it.
_ASKED = frozenset({"step", "zero_grad", "state_dict", "load_state_dict", "add_param_group"})
_CALLED = re.compile(r"\boptimizer\.(\w+)\(")


@dataclass(frozen=True)
class Unrun:
    """A method, and what it does in words."""

    name: str
    location: Location
    does: str


def build(evidence: Evidence) -> tuple[Unrun, ...]:
    """Those that the lines which drove it do not call; none where nothing was run."""
    if evidence.dynamic is None or evidence.static.workings is None:
        return ()
    called = _ASKED | set(_CALLED.findall(evidence.dynamic.recipe.snippet))
    return tuple(
        Unrun(each.name, each.location, _does(each))
        for each in evidence.static.workings.aside
        if each.name not in called
    )


def _does(method: MethodAside) -> str:
    written = [each for each in method.touches if each != "gradients"]
    parts = ["reads or writes gradients"] if "gradients" in method.touches else []
    if written:
        parts.append(f"writes {' and '.join(written)}")
    return " and ".join(parts)
