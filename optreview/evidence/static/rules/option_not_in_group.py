"""Options kept on the optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.wrappers import wrapped
from optreview.evidence.static.interpreter.values import origins
from optreview.evidence.static.rule import Flawed, Hit, Rule
from optreview.evidence.static.source import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.interpreter.events import Event
    from optreview.evidence.static.interpreter.values import Names
    from optreview.evidence.static.reading import Reading


class OptionNotInGroup(Rule):
    """A hyperparameter is read from the optimizer instead of from its parameter groups.

    Such an option cannot differ between groups, and what `load_state_dict()` restores does not reach it: a
    resumed run silently continues with whatever the constructor was given.

    It is fine for options that cannot differ, such as a verbosity flag. What the class's own `state_dict`
    mentions is not reported.
    """

    severity = "info"
    effort = "small"
    remedy = "Put the option into `defaults`, and read it from `group`."
    flawed = (
        Flawed(
            """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, maximize=False):
        super().__init__(params, dict(lr=lr))
        self.maximize = maximize

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=group["lr"] if self.maximize else -group["lr"])
""",
            (6,),
        ),
        Flawed(
            """\
import torch

class Weighted(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, power=2.0):
        super().__init__(params, dict(lr=lr))
        self.power = power

    def __getstate__(self):
        return {"state": self.state, "power": self.power}

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            weight = group["weight_sum"] = group.get("weight_sum", 0.0) + group["lr"] ** self.power
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"] / weight)
""",
            (6,),
        ),
        Flawed(
            """\
import torch

class Grouped(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, heads=8, queries=None):
        super().__init__(params, dict(lr=lr, heads=heads))
        self.queries = queries if queries is not None else heads

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"] / self.queries)
""",
            (6,),
        ),
        Flawed(
            """\
import torch

class Twice(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, power=2.0):
        super().__init__(params, dict(lr=lr, power=power))
        self.power = power

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"] ** self.power)
""",
            (6,),
        ),
    )
    clean = (
        """\
import torch

class Wrapper(torch.optim.Optimizer):
    def __init__(self, optimizer, k=5):
        super().__init__(optimizer.param_groups, dict(k=k))
        self.optimizer = optimizer
        self.weights = [p for group in optimizer.param_groups for p in group["params"]]

    @torch.no_grad()
    def step(self, closure=None):
        loss = self.optimizer.step(closure)
        for p in self.weights:
            p.clamp_(-1, 1)
        return loss
""",
        """\
import torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, maximize=False, verbose=False):
        super().__init__(params, dict(lr=lr, maximize=maximize))
        self.verbose = verbose
        if self.verbose:
            print("ready")

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=group["lr"] if group["maximize"] else -group["lr"])
""",
    )

    def hits(self, reading: Reading) -> Iterator[Hit]:
        """A hit for each option ``step`` reads from ``self``, and from no group: where it is set last."""
        used = {event.name for event in reading.in_step("option")}
        held_by = {key: origins(value)[0] for key, value in reading.groups.items()}
        read = reading.names("group")
        asked = [key for key in held_by if key in read or "*" in read]
        # What is computed from several options brings none of them back.
        grouped = {name for key in asked if len(held_by[key]) == 1 for name in held_by[key]} | set(asked)
        found = [
            (event, names)
            for event in reading.of("attribute", entry="__init__")
            if event.name in used
            and len(names := _options(event)) == 1
            and not names & grouped
            and reading.signature.get(min(names))
        ]
        # A wrapped optimizer is no option, and what the class saves by itself is not lost.
        held = wrapped(reading) if found else ()
        exempt = {event.name for event in held} | syntax.saved(reading, pickled=False) if found else set()
        exempt |= {name for event in held for name in origins(event.value)[0]}
        last = {min(names): event for event, names in found if not {event.name, *names} & exempt}
        for name, event in last.items():
            where = (
                "though its parameter groups hold one" if name in held_by else "not in its parameter groups"
            )
            yield Hit.of(
                event, f"`{name}` is kept on the optimizer, {where}: `step` reads none from a group."
            )


def _options(event: Event) -> Names:
    """What an attribute was made from; one of an option's name is that option, whatever its default is."""
    names = origins(event.value)[0]
    return frozenset({event.name}) if event.name in names else names
