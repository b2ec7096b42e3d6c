"""Does ``torch.compile`` take the whole step, and keep what it made of it?"""

from __future__ import annotations

import importlib
import re
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import torch
import torch._dynamo
from torch._dynamo.utils import graph_break_reasons
from torch._dynamo.variables import optimizer as traced

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.trials.likeness import alike, farthest, gap
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed, undecided
from optreview.records import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from traceback import FrameSummary

    from torch._dynamo.types import GuardFail

    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.evidence.dynamic.trials.trial import Trial

#: The first step makes the state, the second finds it there, and in the third a number that counts steps
#: becomes a variable of the graph: an ordinary step is compiled for the last time then.
_SETTLED, _STEPS = 3, 5
#: Two tensors: every further one makes a graph longer, and breaks it in no other place.
_SHAPES = ((6, 4), (6,))
#: Of the way, what compiled steps may end apart: a step that computes in bfloat16 inside, to orthogonalise a
#: matrix, rounds each number by up to 2^-8 of it, and a graph may do so in another order.
_SHARE = 1e-2
#: What Dynamo says of a guard: ``0/2: group['step'] == 2  # math.pow(beta, step)  # toy.py:278 in debias``.
_GUARD = re.compile(r"\d+/\d+: (?P<guard>[^#]*\S) +#.*# (?P<file>\S+\.py):(?P<line>\d+) in ")


class CompilesAsOneGraph(Probe):
    """Does ``torch.compile`` take the whole step as one graph, and go on using it?

    Five steps, compiled by Dynamo with a backend that runs the graphs as they are, against five uncompiled
    ones. A break of the graph fails, and so does a new graph in the fourth and again in the fifth step, or
    weights a hundredth of the way apart. The breaks that PyTorch's own base class asks for
    around a step are not counted. The learning rate is a number that stays; one that a scheduler changes
    has to be a tensor for any optimizer, or each change is compiled anew.
    """

    care = "medium"
    of_rest = True
    failing = (
        "With torch.compile around the whole step Python takes over where the graph breaks, and a step that "
        "is compiled anew each time runs uncompiled once PyTorch gives up, after 8 times. Compiling a part "
        "of the step was not tried."
    )
    source = "https://docs.pytorch.org/tutorials/recipes/compiling_optimizer_lr_scheduler.html"
    slow = True

    @classmethod
    def warm_up(cls) -> None:
        """Import what Dynamo wraps every backend in, which it does when it is first asked to compile."""
        importlib.import_module("torch._dynamo.repro.after_dynamo")

    def ask(self, stage: Stage) -> Answer:
        """Take the same steps compiled and uncompiled."""
        if stage.plan.closure:
            return not_applicable(
                "Its step calls a closure, whose backward pass is not compiled along with it."
            )
        usual = stage.trial(_SHAPES)
        start = usual.weights()
        usual.run(_STEPS)
        compiled = _Compiled(stage.trial(_SHAPES))
        try:
            with _few_imports():
                made = [compiled.step() for _ in range(_STEPS)]
        except Exception as error:
            if failures.denied(error) or failures.out_of_memory(error):
                raise
            return failed(f"Compiling its step raised {stage.said(error)}.", *stage.raised_at(error))
        breaks = _breaks(stage)
        if breaks:
            return failed(_broken(breaks), *sorted({place for _, place in breaks if place is not None}))
        return _whole(stage, made, usual, compiled, start)


class _Compiled:
    """A trial whose steps are compiled, and the graphs that come of it.

    Attributes:
        stale: Why the newest graph did not serve for the last step, as Dynamo says it; empty where it did.
    """

    def __init__(self, trial: Trial) -> None:
        torch._dynamo.reset()
        self.trial = trial
        self.stale = ""
        self._graphs = 0
        optimizer = trial.optimizer  # by this name what Dynamo says of it goes into the answer

        def take() -> object:
            return optimizer.step()

        trial.advance = torch._dynamo.optimize(self._compile, guard_fail_fn=self._failed)(take)

    def step(self) -> int:
        """Take one step; returns how many graphs were made for it."""
        before, self.stale = self._graphs, ""
        self.trial.run(1)
        return self._graphs - before

    def _compile(self, graph: torch.fx.GraphModule, inputs: object) -> Callable[..., object]:  # noqa: ARG002
        self._graphs += 1
        return graph.forward

    def _failed(self, guard: GuardFail) -> None:
        self.stale = self.stale or guard.reason.partition("\n")[0]


@contextmanager
def _few_imports() -> Iterator[None]:
    """Have Dynamo ask only what can be true of this run, as each question imports hundreds of modules.

    The backend here is none of its own, and no tensor that is on the CPU is part of a CUDA graph, for which
    it imports all of Inductor: a second, in which nothing is compiled.
    """
    settings = torch._dynamo.config
    before = traced._is_static_for_cudagraphs
    asked = "invalidate_compile_context_weakrefs"

    def static(x: torch.Tensor) -> bool:
        return x.device.type == "cpu" or before(x)

    traced._is_static_for_cudagraphs = static
    try:
        with settings.patch(asked, False) if hasattr(settings, asked) else nullcontext():
            yield
    finally:
        traced._is_static_for_cudagraphs = before


def _whole(
    stage: Stage, made: list[int], usual: Trial, compiled: _Compiled, start: list[torch.Tensor]
) -> Answer:
    """The answer where no break was seen."""
    if not any(made):
        return failed("Dynamo found nothing in its step that it could compile.")
    ends = compiled.trial.weights(), usual.weights()
    if not alike(*ends, start, _SHARE):
        if usual.drew:
            return undecided("Compiled steps draw other random numbers than uncompiled ones.")
        return failed(f"{_STEPS} compiled steps and as many uncompiled ones {gap(*ends, start)}.")
    if all(made[_SETTLED:]):
        guard, places = _stale(stage, compiled.stale)
        return failed(
            f"Its step is compiled anew each time: {sum(made)} graphs in {_STEPS} steps{guard}.", *places
        )
    graphs = f"{sum(made)} graph{'s' if sum(made) > 1 else ''}"
    return passed(
        f"{_STEPS} steps were compiled without a break, to {graphs} in all, and ended at most "
        f"{farthest(*ends):.1e} from uncompiled ones."
    )


def _stale(stage: Stage, reason: str) -> tuple[str, tuple[Location, ...]]:
    """What one graph took for granted, and the line that made it; Dynamo gives the line's file in short.

    The others hold for other values.
    """
    found = _GUARD.match(reason)
    if found is None:
        return "", ()
    said = f"; one of them holds for {failures.quoted(found['guard'], stage.target)} only"
    files = [
        name for name in stage.files if name.endswith(found["file"]) or found["file"].endswith(f"/{name}")
    ]
    if len(files) != 1:
        return said, ()
    return said, (Location(file=files[0], line=int(found["line"]), column=1),)


def _breaks(stage: Stage) -> list[tuple[str, Location | None]]:
    """Why the graph was broken, and the package's innermost line there; each place once."""
    places = stage.places()
    found: dict[tuple[str, int | None], tuple[str, Location | None]] = {}
    for each in graph_break_reasons:
        if not each.user_stack:
            continue
        innermost = each.user_stack[-1]
        if not _asked_for(each.reason, innermost):
            located = (places.summarised(frame) for frame in reversed(each.user_stack))
            place = next((location for location in located if location is not None), None)
            reason = failures.quoted(each.reason, stage.target).rstrip(".")
            found.setdefault((innermost.filename, innermost.lineno), (reason, place))
    return list(found.values())


def _asked_for(reason: str, innermost: FrameSummary) -> bool:
    """Whether PyTorch breaks the graph around every step, to have gradients disabled in all of it."""
    wrapper = torch.optim.Optimizer.profile_hook_step.__code__.co_filename
    return innermost.filename == wrapper and "`torch._dynamo.graph_break()`" in reason.partition("\n")[0]


def _broken(breaks: list[tuple[str, Location | None]]) -> str:
    reasons = sorted({reason for reason, _ in breaks})
    more = f" and for {len(reasons) - 1} more reason{'s' if len(reasons) > 2 else ''}" if reasons[1:] else ""
    places = f"{len(breaks)} place{'s' if len(breaks) > 1 else ''}"
    return f"The graph of its step is broken in at least {places}: {reasons[0]}{more}."
