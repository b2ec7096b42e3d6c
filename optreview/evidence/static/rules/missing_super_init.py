"""Constructor without its base's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import Flawed, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.reading import Reading


#: Methods of the base that fail without its constructor; who overrides them has thought of it.
_HOOKS = ("register_step_pre_hook", "register_state_dict_pre_hook", "__getattr__")


class MissingSuperInit(Rule):
    """The constructor never reaches `Optimizer.__init__`.

    What the base prepares is missing then: its hooks (`register_step_pre_hook`, `state_dict` and its hooks),
    the profiler's marks, and `defaults`. Whatever the class does not override fails with an AttributeError,
    sometimes only in a later version of PyTorch.

    It is fine for a wrapper that overrides every method of `Optimizer` by hand; one that overrides the
    registration of hooks, or forwards unknown attributes, is not reported.
    """

    severity = "warning"
    effort = "small"
    remedy = "Call `super().__init__(params, defaults)`; a wrapper can pass the wrapped optimizer's groups."
    flawed = (
        Flawed(
            """\
import torch

class Wrapper(torch.optim.Optimizer):
    def __init__(self, optimizer, k=5):
        self.optimizer = optimizer
        self.param_groups = optimizer.param_groups
        self.k = k
""",
            (4,),
        ),
    )
    clean = (
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))
""",
        """\
import torch

class Old(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        torch.optim.Optimizer.__init__(self, params, dict(lr=lr))
""",
        """\
import torch

class Base(torch.optim.Optimizer):
    def __init__(self, params, defaults):
        super().__init__(params, defaults)

class Derived(Base):
    def __init__(self, params, lr=1e-3):
        Base.__init__(self, params, dict(lr=lr))
""",
        """\
import torch

class Forwarding(torch.optim.Optimizer):
    def __init__(self, optimizer):
        self.optimizer = optimizer

    def __getattr__(self, name):
        return getattr(self.optimizer, name)
""",
        """\
import torch

class Silent(torch.optim.Optimizer):
    def step(self, closure=None):
        return None
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """One hit at the constructor when no base's constructor outside the package is called."""
        constructor = reading.signature.constructor
        if constructor is None or reading.interrupted or reading.of("base_constructor", entry="__init__"):
            return
        if any(reading.lineage.method(name) for name in _HOOKS):
            return
        place = constructor.owner.module.location(constructor.node.name)
        yield Hit(place, "The constructor never calls `Optimizer.__init__`.")
