"""Options that an old checkpoint lacks."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static.interpreter.values import origins
from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class OptionWithoutSetstate(Rule):
    """`__setstate__` fills in options that an old checkpoint lacks, but not this one.

    `load_state_dict` replaces the groups by those of the checkpoint. One that was saved before the option
    existed has no such key, and the first step after loading raises a KeyError.

    It is fine for options that were there from the first version. Classes without `__setstate__` are not
    reported: the source does not say which options are new.
    """

    severity = "info"
    effort = "trivial"
    remedy = "Add `group.setdefault(name, default)` to `__setstate__`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(
        self,
        params,
        lr=1e-3,
        maximize=False,
        foreach=None,
    ):
        super().__init__(params, dict(lr=lr, maximize=maximize, foreach=foreach))

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("maximize", False)
""",
            (9,),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, maximize=False, foreach=None):
        super().__init__(params, dict(lr=lr, maximize=maximize, foreach=foreach))

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in (("maximize", False), ("foreach", None)):
                group.setdefault(name, value)
""",
        """\
import torch

class First(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, maximize=False):
        super().__init__(params, dict(lr=lr, maximize=maximize))
""",
        """\
import torch

class Looped(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, maximize=False):
        super().__init__(params, dict(lr=lr, maximize=maximize))

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            for key, value in self.defaults.items():
                group.setdefault(key, value)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit for each switch in the groups that ``__setstate__`` leaves out."""
        nodes = [
            node
            for ref in reading.lineage.read
            if (node := syntax.method_of(ref, "__setstate__")) is not None
        ]
        leaves = [leaf for node in nodes for leaf in syntax.walk(node)]
        filled = {
            leaf.value for leaf in leaves if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
        }
        if not filled or any(isinstance(leaf, ast.Attribute) and leaf.attr == "defaults" for leaf in leaves):
            return
        grouped = {key for key, value in reading.groups.items() if key in origins(value)[0]}
        for entry in reading.signature.parameters:
            switch = entry.known and (entry.value is None or isinstance(entry.value, bool))
            if switch and entry.name in grouped and entry.name not in filled:
                yield Hit(
                    entry.location, f"`__setstate__` does not fill in `{entry.name}` for older checkpoints."
                )
