"""Options that the recommended settings leave alone: what each was measured to cost and to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import fitting, options, tiering
from optreview.judgement.converting import run_of
from optreview.records import ITEM_SIZE, OptionAdvice

if TYPE_CHECKING:
    from optreview.judgement.options import Idea
    from optreview.records import Evidence, MemoryRun, OptionRun, UseCase

#: They say how a step is computed, or what for, and are no choice of the rule.
_NO_CHOICE = frozenset({"foreach", "fused", "maximize", "capturable", "differentiable"})


def weighed(evidence: Evidence, case: UseCase, given: frozenset[str]) -> tuple[OptionAdvice, ...]:
    """Every option that was run and is not among ``given``, in the order of the signature."""
    dynamic = evidence.dynamic
    default = run_of(evidence, "default")
    if dynamic is None or default is None:
        return ()
    ideas = {name: idea for idea, names in _claims(evidence) for name in names}
    found = [
        _advice(evidence, case, each, default, ideas.get(each.option.name))
        for each in dynamic.options
        if each.run is not None and _choice(each) and each.option.name not in given
    ]
    named = {h.name for h in evidence.static.hyperparameters}
    # A keyword that **kwargs swallows is an option only if it does something.
    return tuple(o for o in found if o.name in named or o.changes or o.state_per_parameter)


def _choice(each: OptionRun) -> bool:
    return each.option.name not in _NO_CHOICE and each.option.value in {"True", "False"}


def _claims(evidence: Evidence) -> tuple[tuple[Idea, tuple[str, ...]], ...]:
    return options.claims(h.name for h in evidence.static.hyperparameters)


def _advice(
    evidence: Evidence, case: UseCase, each: OptionRun, default: MemoryRun, idea: Idea | None
) -> OptionAdvice:
    run = each.run
    assert run is not None
    elements = default.parameter_bytes // ITEM_SIZE["float32"]
    combined = evidence.dynamic.combinations if evidence.dynamic else ()
    together = any(c.changes for c in combined if c.option == each.option)
    return OptionAdvice(
        name=each.option.name,
        value=each.option.value,
        state_per_parameter=round((run.state_bytes - default.state_bytes) / elements, 3),
        state_bytes=_on_model(evidence, case, run, default),
        changes=True if run.trajectory != default.trajectory or together else None,
        idea=idea.title if idea else "",
        paper=f"{idea.paper}, {idea.year}" if idea and idea.paper else "",
        url=(idea.url or "") if idea else "",
    )


def _on_model(evidence: Evidence, case: UseCase, run: MemoryRun, default: MemoryRun) -> int | None:
    """What it adds on the use case's model, where its buffers and the usual ones have one size an element."""
    model = tiering.model_of(evidence, case)
    tensors = evidence.dynamic.workload.tensors if evidence.dynamic else ()
    laws = [fitting.law(each, tensors) for each in (run, default)]
    follows = run_of(evidence, "default", case.dtype)
    if model is None or laws[0] is None or laws[1] is None or follows is None:
        return None
    if default.state_bytes and follows.state_bytes / default.state_bytes != ITEM_SIZE[case.dtype] / 4:
        share = follows.state_bytes / default.state_bytes
        if abs(share - ITEM_SIZE[case.dtype] / ITEM_SIZE["float32"]) > 0.01:
            return None  # state does not follow the dtype of the parameters
    element = (laws[0].element - laws[1].element) * ITEM_SIZE[case.dtype] / ITEM_SIZE["float32"]
    return round(element * model.parameters) + (laws[0].tensor - laws[1].tensor) * model.tensors
