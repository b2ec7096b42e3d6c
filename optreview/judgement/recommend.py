"""Recommended hyperparameters for each hardware tier, every value with its reason and source.

Batch scaling of adaptive methods follows the square-root rule of Malladi et al. (arXiv:2205.10287), of SGD
the linear rule of Goyal et al. (arXiv:1706.02677). Marek et al. (arXiv:2507.07101) keep the learning rate
and hold the half-life of beta2 in tokens instead; the page shows what each rule gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import (
    averaged,
    choices,
    converting,
    inside,
    scaling,
    searching,
    snippets,
    tiering,
    wrappers,
)
from optreview.judgement.identity import adviser
from optreview.records import Recommendation

if TYPE_CHECKING:
    from optreview.judgement.catalogue import Entry
    from optreview.judgement.converting import Signature
    from optreview.records import (
        Evidence,
        Identity,
        OptionAdvice,
        Purpose,
        SearchSpace,
        Tier,
        UseCase,
    )

#: How the reason begins where lines raised an error; a search that diverges at an end raises none.
_RAISED = "It raised "
#: How the advice for a wrapper begins.
INSIDE = "The optimizer inside is the job's own"


def recommend(evidence: Evidence, identity: Identity | None, purpose: Purpose) -> tuple[Recommendation, ...]:
    """One recommendation a tier. Arguments that keep their default are not printed."""
    known = adviser(evidence, identity)
    return tuple(_for_tier(evidence, known, purpose, tier) for tier in purpose.tiers)


def search(evidence: Evidence, identity: Identity | None, purpose: Purpose) -> SearchSpace | None:
    """What to search around the setting at the use case's own batch, or the nearest to it."""
    known, case = adviser(evidence, identity), purpose.use_case
    tier = min(purpose.tiers, key=lambda each: abs(each.batch - case.batch))
    settings = converting.settings(evidence, known, case, tier, slim=False)
    call = snippets.calling(evidence, settings, case, tier)
    signature, means = converting.signature(evidence), averaged.means(evidence)
    found = searching.space(call, known, signature, means)
    if found is None or not _refused(evidence, found):
        return found
    return searching.space(call, known, signature, means, customary=True)


def _refused(evidence: Evidence, found: SearchSpace) -> bool:
    """Whether an end of a range was tried, and the class raised an error there."""
    tried = evidence.dynamic.tried if evidence.dynamic else ()
    texts = {found.optuna, found.ray}
    return any(t.text in texts and t.outcome != "ran" and t.reason.startswith(_RAISED) for t in tried)


def options(
    evidence: Evidence, purpose: Purpose, recommended: tuple[Recommendation, ...]
) -> tuple[OptionAdvice, ...]:
    """The options that no tier's settings name."""
    given = frozenset(s.name for each in recommended for s in each.settings)
    return choices.weighed(evidence, purpose.use_case, given)


def _for_tier(evidence: Evidence, known: Entry | None, purpose: Purpose, tier: Tier) -> Recommendation:
    case = purpose.use_case
    signature = converting.signature(evidence)
    slim = tiering.slim(evidence, case, tier)
    settings = converting.settings(evidence, known, case, tier, slim=slim)
    printed = snippets.printed(evidence, settings, case, tier, purpose.style)
    rate = converting.rate(known, case) if known and converting.converts(known, case, signature) else None
    ratio = tier.batch / case.batch
    beta2 = converting.beta2(known, case, signature) if known else None
    told = scaling.told(known, rate, ratio, beta2) if known and rate else ()
    return Recommendation(
        tier=tier.id,
        settings=tuple(settings),
        scaling=_inside(evidence, known, case, tier) or _scaling(known, signature, case, tier, rate),
        rules=told if "lr" in signature else (),
        style=printed.style,
        snippet=printed.text,
        note=printed.note,
        completion=printed.completion,
        fit=tiering.fit(evidence, case, tier, slim=slim),
    )


def _inside(evidence: Evidence, known: Entry | None, case: UseCase, tier: Tier) -> str:
    """Of a wrapper the job's setting goes to the optimizer in it; empty for all others."""
    inner = inside.of_job(case, tier) if wrappers.around(evidence) else None
    if inner is None:
        return ""
    advice = f" {known.conversion.advice}" if known else " Arguments left out keep their defaults."
    return f"{INSIDE}, with {inner.told} for its learning rate.{advice}"


def _scaling(known: Entry | None, signature: Signature, case: UseCase, tier: Tier, rate: float | None) -> str:
    if known is None:
        return (
            f"The catalogue has no conversion from {case.optimizer.name} for it: arguments left out keep "
            "their defaults."
        )
    if lacking := converting.lacks(known.conversion, signature):
        return (
            f"The known conversion from AdamW needs `{lacking[0]}`, which this constructor does not have: "
            "arguments left out keep their defaults."
        )
    if not converting.converts(known, case, signature):
        return (
            f"The catalogue knows no rule that converts a setting of {case.optimizer.name} to one of this "
            "optimizer: arguments left out keep their defaults."
        )
    if rate is not None and "lr" not in signature:
        return (
            "The learning rate is no argument of its constructor, so it could not be converted: "
            "arguments left out keep their defaults."
        )
    if rate is None or tier.batch == case.batch:
        return known.conversion.advice
    return _scaled(known, case, tier)


def _scaled(known: Entry, case: UseCase, tier: Tier) -> str:
    steps, rest = divmod(case.batch, tier.batch)
    kept = (
        f" Accumulating the gradients of {steps} batches before each step keeps the batch at {case.batch}, "
        "and then no rule is needed."
        if steps > 1 and not rest
        else ""
    )
    if known.scaling == "none":
        return (
            "The catalogue knows no published rule that scales this learning rate with the batch size: "
            f"it is left unchanged.{kept}"
        )
    followed = next(r for r in scaling.rules() if known.scaling in r.follows)
    return f"The learning rate follows the {followed.title}, {followed.source}.{kept}"
