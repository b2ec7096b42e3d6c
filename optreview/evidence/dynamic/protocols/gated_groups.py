"""A group without some key silently takes another path: the key is supplied (GaLore, 2403.03507)."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Self, cast

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import nn

#: Keys of groups that make a projection of low rank, with the values of GaLore's own examples; but the rank
#: has to be less than a small matrix has rows.
GATES = {
    "proj_type": "'std'",
    "rank": "4",
    "scale": "0.25",
    "update_proj_gap": "200",
}
_ASKS = re.compile(r"""['"](\w+)['"] in \w*g(?:roup)?\b""")


class GatedGroups(Protocol):
    """The source asks whether a key is in the group, and no argument of the constructor has its name."""

    order = 8
    tentative = True

    def __init__(self, keys: Mapping[str, str] | None = None) -> None:
        self.keys = dict(keys or {})
        self.parameters_source = in_groups(self.keys, matrices=True)

    def suits(self, clues: Clues) -> bool:
        """Read from the source."""
        return clues.stage is None and bool(_gates(clues))

    def fitted(self, clues: Clues) -> Self:
        """With every key that goes with the one that is asked for."""
        asked = _gates(clues)
        reads = re.findall(r"""\w*g(?:roup)?(?:\[|\.get\()['"](\w+)['"]""", clues.source)
        return type(self)({key: GATES[key] for key in GATES if key in asked or key in reads})

    def arrange(self, given: object, model: nn.Module) -> object:  # noqa: ARG002
        """Matrices in a group with the keys, the rest in one without."""
        return with_keys(given, self.keys, matrices=True)

    def note(self) -> str:
        """Which path ran."""
        given = ", ".join(f"{key}={value}" for key, value in self.keys.items())
        return (
            f"The group of the matrices has {given}, and takes the path that the source keeps for it; "
            "without these keys it would silently take the ordinary one."
        )


def _gates(clues: Clues) -> set[str]:
    known = {clues.first, *clues.required, *clues.optional}
    return {key for key in _ASKS.findall(clues.source) if key in GATES and key not in known}


def with_keys(given: object, keys: Mapping[str, str], *, matrices: bool = False) -> object:
    """What the constructor gets, as groups with these keys; only the matrices, where that is said."""
    if not isinstance(given, list):  # another optimizer, or the model
        return given
    groups = given if given and isinstance(given[0], dict) else None
    values = {key: ast.literal_eval(value) for key, value in keys.items()}
    if groups is not None:
        return [{**values, **cast("dict[str, Any]", group)} for group in groups]
    if not matrices:
        return [{"params": given, **values}]
    parameters = cast("Iterable[nn.Parameter]", given)
    chosen = [p for p in parameters if p.ndim == 2]
    others = [p for p in parameters if p.ndim != 2]
    return [{"params": chosen, **values}, *([{"params": others}] if others else [])]


def in_groups(keys: Mapping[str, str], *, matrices: bool = False) -> str:
    """The same as source."""
    inner = "".join(f", {key!r}: {value}" for key, value in keys.items())
    if not matrices:
        return f"[{{'params': {{parameters}}{inner}}}]"
    return (
        f"[{{'params': [p for p in {{parameters}} if p.ndim == 2]{inner}}}, "
        "{'params': [p for p in {parameters} if p.ndim != 2]}]"
    )
