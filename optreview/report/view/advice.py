"""Recommended settings as lines of Python that run as printed, given a ``model``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optreview.judgement.usecase import Tier
    from optreview.records import Evidence, Recommendation, Subject, Workload


@dataclass(frozen=True)
class Advice:
    """A tier with its snippet."""

    tier: Tier
    recommendation: Recommendation
    snippet: str


def build(
    evidence: Evidence, recommendations: tuple[Recommendation, ...], tiers: tuple[Tier, ...]
) -> tuple[Advice, ...]:
    """Snippets for the tiers that still exist, in their order."""
    by_id = {r.tier: r for r in recommendations}
    return tuple(
        Advice(tier=tier, recommendation=by_id[tier.id], snippet=snippet(evidence, by_id[tier.id]))
        for tier in tiers
        if tier.id in by_id
    )


def snippet(evidence: Evidence, recommendation: Recommendation) -> str:
    """Imports and construction; ``model`` is the user's ``torch.nn.Module``."""
    subject = evidence.static.subject
    dimensions = _dimensions(evidence.dynamic.workload) if evidence.dynamic else None
    lines = [_import(subject), ""]
    if dimensions is None:
        lines += _call("optimizer", subject.class_name, "model.parameters()", recommendation)
        return "\n".join(lines)
    chosen = " or ".join(f"p.ndim == {d}" for d in dimensions)
    lines = ["import torch", *lines]
    lines.append(f"taken = [p for p in model.parameters() if {chosen}]")
    lines.append(f"others = [p for p in model.parameters() if not ({chosen})]")
    lines += _call("optimizer", subject.class_name, "taken", recommendation)
    lines.append("optimizer_for_others = torch.optim.AdamW(others)")
    return "\n".join(lines)


def _import(subject: Subject) -> str:
    return f"from {subject.module} import {subject.class_name}"


def _dimensions(workload: Workload) -> tuple[int, ...] | None:
    """The numbers of dimensions the optimizer takes, when it refused some tensors of the workload."""
    if not workload.omitted:
        return None
    return tuple(sorted({len(t.shape) for t in workload.tensors}))


def _call(variable: str, class_name: str, parameters: str, recommendation: Recommendation) -> list[str]:
    if not recommendation.settings:
        return [f"{variable} = {class_name}({parameters})"]
    arguments = [f"    {s.name}={s.value}," for s in recommendation.settings]
    return [f"{variable} = {class_name}(", f"    {parameters},", *arguments, ")"]
