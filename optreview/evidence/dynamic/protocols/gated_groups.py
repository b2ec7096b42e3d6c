"""A group without some key silently takes another path: the key is supplied (GaLore, 2403.03507)."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Self, cast

from optreview.evidence.dynamic.protocols import Clues, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import nn

#: A quarter of the model's width, as GaLore's paper has it for LLaMA 7B (1024 of 4096): a fixed rank would
#: be next to nothing on a large model and more than there is on a small one.
RANK = "max(1, max(min(p.shape) for p in {parameters} if p.ndim == 2) // 4)"
_NAMES = """\
matrices = [p for p in {parameters} if p.ndim == 2]
rest = [p for p in {parameters} if p.ndim != 2]"""
#: Keys of groups that make a projection of low rank, with the values of GaLore's own examples, and where
#: APOLLO (2412.05270) has more, of its own.
GATES = {
    "proj": "'random'",
    "proj_type": "'std'",
    "projection_type": "'std'",
    "rank": RANK,
    "scale": "0.25",
    "scale_type": "'channel'",
    "update_proj_gap": "200",
}
_SAID = {RANK: "a quarter of the largest of their smaller sides"}
_ASKS = re.compile(r"""['"](\w+)['"] in \w*g(?:roup)?\b""")


class GatedGroups(Protocol):
    """The source asks whether a key is in the group, and no argument of the constructor has its name."""

    order = 8
    tentative = True

    def __init__(self, keys: Mapping[str, str] | None = None) -> None:
        self.keys = dict(keys or {})
        self.names_source = _NAMES
        self.parameters_source = f"[{_group('matrices', self.keys)}, {{'params': rest}}]"

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
        return (
            f"The group of the matrices has {worded(self.keys)}, and takes the path that the source keeps "
            "for it; without these keys it would silently take the ordinary one."
        )

    def under(self) -> str:
        """The keys, and whose they are."""
        return f"matrices in a group with {worded(self.keys)}"

    def in_vain(self, error: str) -> str:
        """That the path behind the key was not run."""
        kind = error.partition(":")[0]
        raised = f"raised {kind}" if kind.isidentifier() else "failed"
        return (
            f"The source keeps a path for groups with {worded(self.keys)}: with these it {raised}, so that "
            "it was driven without, and nothing here is of that path."
        )


def _gates(clues: Clues) -> set[str]:
    known = {clues.first, *clues.required, *clues.optional}
    return {key for key in _ASKS.findall(clues.source) if key in GATES and key not in known}


def with_keys(given: object, keys: Mapping[str, str], *, matrices: bool = False) -> object:
    """What the constructor gets, as groups with these keys; only the matrices, where that is said."""
    if not isinstance(given, list):  # another optimizer, or the model
        return given
    groups = given if given and isinstance(given[0], dict) else None
    parameters = [p for group in groups for p in group["params"]] if groups else given
    values = {key: _value(text, parameters) for key, text in keys.items()}
    if groups is not None:
        return [{**values, **cast("dict[str, Any]", group)} for group in groups]
    if not matrices:
        return [{"params": given, **values}]
    chosen = [p for p in parameters if p.ndim == 2]
    others = [p for p in parameters if p.ndim != 2]
    return [{"params": chosen, **values}, *([{"params": others}] if others else [])]


def _value(text: str, parameters: Iterable[nn.Parameter]) -> object:
    """Of a key's source text; of the rank what it says of these parameters."""
    if text != RANK:
        return ast.literal_eval(text)
    return max(1, max((min(p.shape) for p in parameters if p.ndim == 2), default=0) // 4)


def in_groups(keys: Mapping[str, str]) -> str:
    """What the constructor gets as one group with these keys, as source."""
    return f"[{_group('{parameters}', keys)}]"


def _group(parameters: str, keys: Mapping[str, str]) -> str:
    inner = "".join(f", {key!r}: {value}" for key, value in keys.items())
    given = f"{{'params': {parameters}{inner}}}".replace(RANK, RANK.replace("{parameters}", parameters))
    return given.replace("in matrices if p.ndim == 2", "in matrices")


def worded(keys: Mapping[str, str]) -> str:
    """The keys with their values, for a sentence."""
    return ", ".join(f"{key}={_SAID.get(value, value)}" for key, value in keys.items())
