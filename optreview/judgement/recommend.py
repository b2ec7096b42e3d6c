"""Recommended hyperparameters for each hardware tier, every value with its reason and source.

Batch scaling of adaptive methods follows the square-root rule of Malladi et al. (arXiv:2205.10287), of SGD
the linear rule of Goyal et al. (arXiv:1706.02677). Marek et al. (arXiv:2507.07101) keep the learning rate
and hold the half-life of beta2 in tokens instead; the page shows both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from optreview.judgement import catalogue, usecase
from optreview.records import Recommendation, Setting

if TYPE_CHECKING:
    from optreview.judgement.catalogue import Conversion, Entry
    from optreview.judgement.usecase import Tier, UseCase
    from optreview.records import Evidence, Identity, MemoryRun

SQRT_RULE = "square-root rule, arXiv:2205.10287"
LINEAR_RULE = "linear rule, arXiv:1706.02677"


def recommend(evidence: Evidence, identity: Identity | None, case: UseCase) -> tuple[Recommendation, ...]:
    """One recommendation a tier. Arguments that keep their default are not printed."""
    known = catalogue.entry(identity.entry) if identity else None
    return tuple(_for_tier(evidence, known, case, tier) for tier in usecase.tiers())


def _for_tier(evidence: Evidence, known: Entry | None, case: UseCase, tier: Tier) -> Recommendation:
    signature = {h.name: h.default for h in evidence.static.hyperparameters}
    settings: list[Setting] = []
    if known and not _lacks(known.conversion, signature):
        settings.extend(_converted(known, signature, case, tier))
    if tier.tight and "foreach" in signature:
        settings.extend(_for_loop(evidence))
    settings.extend(_required(evidence, {s.name for s in settings}))
    return Recommendation(
        tier=tier.id, settings=tuple(settings), scaling=_scaling(known, signature, case, tier)
    )


def _lacks(conversion: Conversion, signature: dict[str, str | None]) -> list[str]:
    """Arguments the conversion needs and the constructor does not have."""
    return [c.name for c in conversion.companions if c.required and c.name not in signature]


def _converted(known: Entry, signature: dict[str, str | None], case: UseCase, tier: Tier) -> list[Setting]:
    conversion = known.conversion
    settings = []
    if conversion.lr is not None and "lr" in signature:
        settings.append(_learning_rate(known, conversion.lr, case, tier))
    if conversion.weight_decay is not None and "weight_decay" in signature:
        settings.append(_weight_decay(conversion, conversion.weight_decay, case))
    settings.extend(
        Setting(name=c.name, value=c.value, reason=c.reason, source=conversion.source)
        for c in conversion.companions
        if c.name in signature and signature[c.name] != c.value
    )
    return settings


def _learning_rate(known: Entry, factor: float, case: UseCase, tier: Tier) -> Setting:
    scale = _scale(known, case, tier)
    reason = f"AdamW's {literal(case.lr)}" + (f" × {factor:g}" if factor != 1 else "")
    if scale != 1.0:
        reason += f" × {scale:g} for batch {tier.batch} instead of {case.batch}"
    if not known.conversion.published:
        reason += "; a rule of thumb, no published conversion"
    return Setting(
        name="lr",
        value=literal(case.lr * factor * scale),
        reason=reason,
        source=known.conversion.source,
    )


def _weight_decay(conversion: Conversion, factor: float, case: UseCase) -> Setting:
    value = case.weight_decay * factor
    reason = f"AdamW's {literal(case.weight_decay)}" if factor else "left at zero"
    if factor not in {0, 1}:
        reason += f" × {factor:g}"
    return Setting(name="weight_decay", value=literal(value), reason=reason, source=conversion.source)


def _for_loop(evidence: Evidence) -> list[Setting]:
    """``foreach=False`` where the run shows that it lowers the peak of a step."""
    runs = evidence.dynamic.runs if evidence.dynamic else ()
    default = _run(runs, "default")
    loop = _run(runs, "for-loop")
    if not default or not loop or loop.steady_transient_bytes >= default.steady_transient_bytes:
        return []
    ratios = [r.steady_transient_bytes / r.parameter_bytes for r in (default, loop)]
    reason = (
        f"the temporaries of a step shrink from {ratios[0]:.2f}× to {ratios[1]:.2f}× the parameters "
        f"(measured on {default.device.upper()})"
    )
    return [Setting(name="foreach", value="False", reason=reason)]


def _run(runs: tuple[MemoryRun, ...], implementation: str) -> MemoryRun | None:
    return next(
        (r for r in runs if r.implementation == implementation and r.dtype == "float32" and not r.options),
        None,
    )


def _required(evidence: Evidence, given: set[str]) -> list[Setting]:
    """Arguments without a default that the run had to fill in."""
    arguments = evidence.dynamic.recipe.arguments if evidence.dynamic else ()
    return [
        Setting(name=a.name, value=a.value, reason="required; the value the run was made with")
        for a in arguments
        if a.name not in given
    ]


def _scaling(known: Entry | None, signature: dict[str, str | None], case: UseCase, tier: Tier) -> str:
    if known is None:
        return (
            "The class is not in the catalogue, so no conversion from AdamW is known: "
            "arguments left out keep their defaults."
        )
    if lacking := _lacks(known.conversion, signature):
        return (
            f"The known conversion from AdamW needs `{lacking[0]}`, which this constructor does not have: "
            "arguments left out keep their defaults."
        )
    if known.conversion.lr is None or "lr" not in signature or tier.batch == case.batch:
        return known.conversion.advice
    if known.scaling == "none":
        return "No published rule scales this learning rate with the batch size: it is left unchanged."
    return _scaled(known, signature, case, tier)


def _scaled(known: Entry, signature: dict[str, str | None], case: UseCase, tier: Tier) -> str:
    text = f"The learning rate follows the {SQRT_RULE if known.scaling == 'sqrt' else LINEAR_RULE}."
    if known.scaling == "sqrt" and signature.keys() & {"betas", "beta2"}:
        beta2 = case.beta2 ** (tier.batch / case.batch)
        text += (
            f" A rule that disagrees, for Adam, arXiv:2507.07101, keeps the learning rate and moves beta2 "
            f"from {case.beta2:g} to {beta2:.5g}."
        )
    return text


def _scale(known: Entry, case: UseCase, tier: Tier) -> float:
    ratio = tier.batch / case.batch
    return {"sqrt": math.sqrt(ratio), "linear": ratio, "none": 1.0}[known.scaling]


def literal(value: float) -> str:
    """A Python literal as people write learning rates: 1e-4, 0.01, 0."""
    if value == 0:
        return "0.0"
    short = f"{value:.3g}"
    if abs(value) >= 1e-3:
        return short if any(c in short for c in ".e") else short + ".0"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"
