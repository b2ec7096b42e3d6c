"""Proof of one way where steps take many: in each step that goes it, the text leads where the step does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.rule.equations.check import STEPS, Beside
from optreview.evidence.dynamic.rule.equations.laying import beside
from optreview.evidence.dynamic.rule.equations.modes import Draws
from optreview.evidence.dynamic.rule.equations.ways import usual
from optreview.evidence.dynamic.rule.language import parse
from optreview.evidence.dynamic.rule.program.instructions import Call, Guard, Read
from optreview.evidence.dynamic.rule.program.memo import without
from optreview.evidence.dynamic.rule.program.tracing import Tracer, situation
from optreview.records.rule import PROVEN

if TYPE_CHECKING:
    from optreview.evidence.dynamic.rule.equations.recording import Recorded
    from optreview.evidence.dynamic.rule.equations.ways import Reading
    from optreview.evidence.dynamic.rule.program.instructions import Program, Situation
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Stage


def along(
    text: str, reading: Reading, stage: Stage, settings: Settings, recorded: Recorded
) -> tuple[float, int] | None:
    """The largest distance over how far the parameter had moved, and how many of the steps go that way.

    Every step starts where the optimizer is: what it did in steps that go another way is not told.

    Returns:
        None where not even two do, or where they end somewhere else.
    """
    way = _outline(usual(recorded).program)
    trial = stage.trial((recorded.shape,), options=settings, dtype=torch.float64)
    rule = parse(text)
    here = Beside(rule, reading, trial)
    start, parameter = trial.parameters[0].detach().clone(), trial.parameters[0]
    tracer = Tracer(trial.optimizer, trial.parameters, named=False)
    programs: list[Program] = []
    trial.observe = lambda closure: programs.append(tracer.step(closure))
    worst, farthest, taken = 0.0, 0.0, 0
    with tracer:
        for index in range(STEPS):
            before = situation(trial.optimizer, trial.parameters).copied()
            gradients = [each.double() for each in trial.gradients(index + 3)]
            with Draws() as draws:
                trial.step(gradients, index)
            farthest = max(farthest, float((parameter.detach() - start).abs().max()))
            if _outline(without(programs[-1], recorded.unread)) != way or not farthest:
                continue
            here.give(before)
            kept = {name for name in rule.names.read if here.places.get(name, "").startswith("state.")}
            state = {
                name: _value(before, here.places[name]) for name in sorted(rule.names.state - {"p"} | kept)
            }
            env = {**here.given, "t": index + 1.0, "g": gradients[0]}
            env = {name: value for name, value in env.items() if name not in state}
            blocks = {**here.blocks(gradients[0], before.tensors["param.0"]), "random": draws.number}
            found = rule.run({**state, "p": before.tensors["param.0"]}, env, blocks)["p"]
            worst = max(worst, float((parameter.detach() - found).abs().max()) / farthest)
            taken += 1
    return (float(f"{worst:.1g}"), taken) if taken > 1 and worst < PROVEN else None


def _value(before: Situation, place: str) -> torch.Tensor | float:
    if place in before.tensors:
        return beside(before.tensors["param.0"], before.tensors[place])
    return float(before.numbers[place])


def _outline(program: Program) -> tuple[object, ...]:
    """Places and calls, and how comparisons came out: the same for the same way, whatever the numbers."""
    return (tuple(place for place, _ in program.inputs), *map(_told, program.instructions))


def _told(instruction: object) -> object:
    if isinstance(instruction, Guard):
        return instruction.outcome
    call = instruction.call if isinstance(instruction, Read) else instruction
    return call.name if isinstance(call, Call) else "closure"
