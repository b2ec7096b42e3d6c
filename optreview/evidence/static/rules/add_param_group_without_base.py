"""Groups that the base never sees."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.evidence.static import syntax
from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


class AddParamGroupWithoutBase(Rule):
    """`add_param_group` is overridden and hands the group to nobody.

    The base checks the group, fills in defaults and appends it. Without that, groups added later, as when
    layers are unfrozen, are incomplete or never stepped.

    It is fine when the override does all of that itself.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Call `super().add_param_group(group)`."
    flawed = (
        Flawed(
            """\
import torch

class Grouped(torch.optim.Optimizer):
    def add_param_group(self, param_group):
        self.count = len(param_group["params"])
""",
            (4,),
        ),
    )
    clean = (
        """\
import torch

class Grouped(torch.optim.Optimizer):
    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        self.count = len(param_group["params"])
""",
        """\
import torch

class Wrapper(torch.optim.Optimizer):
    def add_param_group(self, param_group):
        self.optimizer.add_param_group(param_group)
""",
        """\
import torch

class Refusing(torch.optim.Optimizer):
    def add_param_group(self, param_group):
        raise NotImplementedError("one group only")
""",
        """\
import torch

class Own(torch.optim.Optimizer):
    def add_param_group(self, param_group):
        self.param_groups.append(param_group)
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at the override."""
        method = reading.lineage.method("add_param_group")
        node = syntax.method_of(method.owner, "add_param_group") if method is not None else None
        if method is None or node is None:
            return
        handed = {"add_param_group", "append", "extend", "__add__"}
        calls = {
            syntax.dotted(entry.func).rpartition(".")[2] or _tail(entry)
            for entry in ast.walk(node)
            if isinstance(entry, ast.Call)
        }
        if not calls & handed and not any(
            isinstance(entry, ast.Raise | ast.AugAssign) for entry in ast.walk(node)
        ):
            place = method.owner.module.location(method.node.name)
            yield Hit(place, "`add_param_group` never hands the group to its base.")


def _tail(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
