"""What the tests share: a stage for a class, driven as it is, and one step recorded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.drive import clues_of
from optreview.evidence.dynamic.memory.reference import PLAIN
from optreview.evidence.dynamic.memory.run import Subject
from optreview.evidence.dynamic.protocols import ladder
from optreview.evidence.dynamic.rule.extraction import extract
from optreview.evidence.dynamic.rule.program.tracing import Tracer
from optreview.evidence.dynamic.trials.stage import Stage
from tests.dynamic.conftest import lone

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.dynamic.rule.program.instructions import Program
    from optreview.records import UpdateRule


def stage(cls: type[torch.optim.Optimizer]) -> Stage:
    """The class with whatever protocols its signature calls for."""
    names = {"torch": torch, **vars(sys.modules[cls.__module__])}
    subject = Subject(cls=cls, qualified_name=cls.__name__, names=names)
    plan, clues = PLAIN, clues_of(cls)
    for protocol in ladder()[1:]:
        if protocol.suits(clues):
            plan = plan.extended(protocol, clues)
    return Stage(subject, plan, "cpu", lone(Path(__file__), cls.__name__))


def rule(cls: type[torch.optim.Optimizer]) -> UpdateRule:
    """Its update rule."""
    return extract(stage(cls))


def recorded(act: Callable[[torch.nn.Parameter], object], steps: int = 1) -> list[Program]:
    """The programs of steps that do this to the only parameter, a matrix."""

    class Acting(torch.optim.SGD):
        @torch.no_grad()
        def step(self, closure: object = None) -> None:  # type: ignore[override]
            act(self.param_groups[0]["params"][0])

    parameter = torch.nn.Parameter(torch.arange(1.0, 7.0).reshape(2, 3))
    optimizer = Acting([parameter], lr=0.5)
    tracer = Tracer(optimizer, [parameter])
    programs = []
    for index in range(steps):
        parameter.grad = torch.full_like(parameter, index + 1.0)
        programs.append(tracer.step())
    return programs
