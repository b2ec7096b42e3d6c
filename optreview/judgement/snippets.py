"""Settings as lines to copy, in the style that was asked for, or as Python where it cannot say them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optreview.judgement import inside, scaling, styles, wrappers
from optreview.judgement.converting import signature
from optreview.judgement.literals import literal
from optreview.judgement.styles import Call, UnfitError
from optreview.records import RecipeLines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.records import Evidence, Setting, Tier, UseCase


@dataclass(frozen=True)
class Printed:
    """Lines to copy, those that make an optimizer of them, and what kept them from the style asked for."""

    style: str
    text: str
    completion: str
    note: str = ""


def printed(
    evidence: Evidence, settings: Sequence[Setting], case: UseCase, tier: Tier, style: str
) -> Printed:
    """The settings of a tier."""
    call = calling(evidence, settings, case, tier)
    try:
        return _in_style(call, style)
    except UnfitError as unfit:
        plain = _in_style(call, "torch")
        return Printed("torch", plain.text, plain.completion, str(unfit))


def calling(evidence: Evidence, settings: Sequence[Setting], case: UseCase, tier: Tier) -> Call:
    """The constructor call with everything that the class needs besides."""
    subject = evidence.static.subject
    lines = _lines(evidence)
    call = Call(
        module=subject.module,
        name=subject.class_name,
        settings=tuple(settings),
        batch=tier.batch,
        defaults=signature(evidence),
    )
    if lines is None:
        return call
    return replace(
        call,
        before=lines.before,
        parameters=_first(evidence, lines, case, tier),
        only=lines.only,
        after=lines.after,
        others=_adamw(case, tier) if lines.only else "",
    )


def _first(evidence: Evidence, lines: RecipeLines, case: UseCase, tier: Tier) -> str:
    """The first argument; a wrapper gets the job's own optimizer."""
    inner = inside.of_job(case, tier) if wrappers.around(evidence) else None
    return inner.built(lines.parameters) if inner else lines.parameters


def _lines(evidence: Evidence) -> RecipeLines | None:
    """The recipe's lines; of a record that has none, at least which tensors the class takes."""
    dynamic = evidence.dynamic
    if dynamic is None or dynamic.recipe.lines is not None or not dynamic.workload.omitted:
        return dynamic.recipe.lines if dynamic else None
    dimensions = sorted({len(t.shape) for t in dynamic.workload.tensors})
    only = " or ".join(f"p.ndim == {d}" for d in dimensions)
    first = f"[p for p in model.parameters() if {only}]"
    return RecipeLines(before="", parameters=first, only=only, after="", step="")


def _in_style(call: Call, style: str) -> Printed:
    text, completion = styles.style(style).lines(call)
    return Printed(style, "\n".join(text), "\n".join(completion))


def _adamw(case: UseCase, tier: Tier) -> str:
    """AdamW's arguments for the tensors that the class does not take: the job's own, scaled to the batch."""
    usual = case.optimizer
    if usual.name not in {"AdamW", "Adam"}:
        return ""
    rate = usual.lr * scaling.square_root(tier.batch / case.batch)
    return f", lr={literal(rate)}, weight_decay={literal(usual.weight_decay)}"
