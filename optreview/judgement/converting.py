"""Arguments for one tier: the job's setting of AdamW as the catalogue converts it, scaled to the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.judgement import inside, scaling, wrappers
from optreview.judgement.literals import literal, value_of
from optreview.records import Setting

if TYPE_CHECKING:
    from optreview.judgement.catalogue import Conversion, Entry
    from optreview.judgement.inside import Inner
    from optreview.records import Evidence, MemoryRun, Tier, UseCase

Signature = dict[str, str | None]
#: Settings of these carry over as AdamW's do: the catalogue converts from AdamW, which is Adam but for decay.
CONVERTED_FROM = ("AdamW", "Adam")
_ADAMS_BETAS = (0.9, 0.999)
_RUN = "this is the value that the run was made with"


def signature(evidence: Evidence) -> Signature:
    """The constructor's arguments with their defaults, as source text."""
    return {h.name: h.default for h in evidence.static.hyperparameters}


def lacks(conversion: Conversion, given: Signature) -> list[str]:
    """Arguments the conversion needs and the constructor does not have."""
    return [c.name for c in conversion.companions if c.required and c.name not in given]


def converts(known: Entry | None, case: UseCase, given: Signature) -> bool:
    """Whether anything is known of how the use case's setting carries over."""
    if known is None or lacks(known.conversion, given):
        return False
    return case.optimizer.name in CONVERTED_FROM or _same(known, case)


def settings(
    evidence: Evidence, known: Entry | None, case: UseCase, tier: Tier, *, slim: bool
) -> list[Setting]:
    """Arguments to print; those that keep their default are not printed. ``slim`` takes the leaner path."""
    given = signature(evidence)
    found: list[Setting] = []
    if known is not None and converts(known, case, given):
        found += _carried(known, given, case, tier) if _same(known, case) else []
        found += _converted(evidence, known, given, case, tier) if not _same(known, case) else []
    if slim and "foreach" in given:
        found += _for_loop(evidence)
    return found + _required(evidence, {s.name for s in found}, inside.of_job(case, tier))


def rate(known: Entry, case: UseCase) -> float | None:
    """The learning rate at the use case's own batch; None where no conversion is known."""
    if _same(known, case):
        return case.optimizer.lr
    return None if known.conversion.lr is None else case.optimizer.lr * known.conversion.lr


def slim(evidence: Evidence, tier: Tier) -> bool:
    """Whether the settings of a tier take the path with the smaller temporaries, ``foreach=False``."""
    return tier.tight and "foreach" in signature(evidence) and bool(_for_loop(evidence))


def _same(known: Entry, case: UseCase) -> bool:
    """Whether the job is trained with this very optimizer, other than AdamW, today."""
    return known.name == case.optimizer.name and known.name not in CONVERTED_FROM


def _carried(known: Entry, given: Signature, case: UseCase, tier: Tier) -> list[Setting]:
    usual = case.optimizer
    found = [_learning_rate(known, usual.lr, case, tier, usual.source)] if "lr" in given else []
    if usual.weight_decay and "weight_decay" in given:
        value = literal(usual.weight_decay)
        found.append(
            Setting(name="weight_decay", value=value, reason=f"the job's {value}", source=usual.source)
        )
    return found


def _converted(
    evidence: Evidence, known: Entry, given: Signature, case: UseCase, tier: Tier
) -> list[Setting]:
    conversion = known.conversion
    found = []
    if conversion.lr is not None and "lr" in given:
        rate = case.optimizer.lr * conversion.lr
        found.append(_learning_rate(known, rate, case, tier, conversion.source))
    companions = [
        Setting(name=c.name, value=c.value, reason=c.reason, source=conversion.source)
        for c in conversion.companions
        if c.name in given and given[c.name] != c.value
    ]
    if conversion.weight_decay is not None and "weight_decay" in given:
        coupled = not companions and _coupled(evidence)  # one of them may be what decouples it
        found.append(_weight_decay(conversion, conversion.weight_decay, case, coupled=coupled))
    return [*found, *_betas(known, given, case), *companions]


def _learning_rate(known: Entry, rate: float, case: UseCase, tier: Tier, source: str | None) -> Setting:
    usual, ratio = case.optimizer, tier.batch / case.batch
    conversion, scale = rate / usual.lr, scaling.factor(known, ratio)
    reason = f"{usual.name}'s {literal(usual.lr)}" + (f" × {conversion:g}" if conversion != 1 else "")
    if scale != 1.0:
        reason += f" × {scale:.3g} for batch {tier.batch} instead of {case.batch}"
    if not known.conversion.published and not _same(known, case):
        reason += "; a rule of thumb, no published conversion"
    return Setting(name="lr", value=literal(rate * scale), reason=reason, source=source)


def _weight_decay(conversion: Conversion, factor: float, case: UseCase, *, coupled: bool) -> Setting:
    usual = case.optimizer
    value = usual.weight_decay * factor
    reason = f"{usual.name}'s {literal(usual.weight_decay)}" if factor else "left at zero"
    if factor not in {0, 1} and usual.weight_decay:
        reason += f" × {factor:g}"
    if value and coupled:
        reason += "; it goes into the gradient here, as a run of the class showed"
    source = conversion.source if conversion.published else None  # a rule of thumb is one for the lr
    return Setting(name="weight_decay", value=literal(value), reason=reason, source=source)


def _coupled(evidence: Evidence) -> bool:
    answers = evidence.dynamic.measurements if evidence.dynamic else ()
    return any(each.id == "weight_decay_kind" and each.value == "coupled" for each in answers)


def _betas(known: Entry, given: Signature, case: UseCase) -> list[Setting]:
    """Betas that are not Adam's usual ones, where the class has two of them in their usual place."""
    betas, default = case.optimizer.betas, value_of(given.get("betas"))
    if betas == _ADAMS_BETAS or default != _ADAMS_BETAS or known.scaling != "sqrt":
        return []
    reason = f"{case.optimizer.name}'s; no published rule says that they carry over"
    return [Setting(name="betas", value=repr(betas), reason=reason, source=case.optimizer.source)]


def beta2(known: Entry, case: UseCase, given: Signature) -> float | None:
    """The decay of a second moment: of a pair of betas the second, as it is set or by default."""
    if _betas(known, given, case):
        return case.optimizer.betas[1]
    pair = value_of(given.get("betas"))
    value = pair[1] if isinstance(pair, tuple) and len(pair) == len(_ADAMS_BETAS) else None
    value = value_of(given.get("beta2")) if value is None else value
    return value if isinstance(value, float) and 0 < value < 1 else None


def _for_loop(evidence: Evidence) -> list[Setting]:
    """``foreach=False`` where the run shows that it lowers the peak of a step."""
    default, loop = run_of(evidence, "default"), run_of(evidence, "for-loop")
    if not default or not loop or loop.steady_transient_bytes >= default.steady_transient_bytes:
        return []
    ratios = [r.steady_transient_bytes / r.parameter_bytes for r in (default, loop)]
    reason = (
        f"on the small model of the run, on the {default.device.upper()}, the temporaries of a step shrink "
        f"from {ratios[0]:.2f}× to {ratios[1]:.2f}× the parameters, at {loop.operations} operations instead "
        f"of {default.operations}"
    )
    return [Setting(name="foreach", value="False", reason=reason)]


def run_of(evidence: Evidence, implementation: str, dtype: str = "float32") -> MemoryRun | None:
    """The run at the defaults along a path."""
    runs = evidence.dynamic.runs if evidence.dynamic else ()
    return next(
        (r for r in runs if r.implementation == implementation and r.dtype == dtype and not r.options),
        None,
    )


def _required(evidence: Evidence, given: set[str], inner: Inner | None) -> list[Setting]:
    """Arguments that the run had to fill in, and what a wrapper is to build its optimizer of."""
    arguments = evidence.dynamic.recipe.arguments if evidence.dynamic else ()
    own = signature(evidence)
    left = [a for a in arguments if a.name not in given]
    if inner is None or not wrappers.around(evidence) or not any(inside.is_class(a.value) for a in left):
        return [Setting(name=a.name, value=a.value, reason=_filled(a.name, own)) for a in left]
    found = []
    for each in left:
        if inside.is_class(each.value):
            found.append(Setting(name=each.name, value=inner.source, reason="the job's own optimizer"))
        elif each.name == "lr" and "lr" not in own:
            found.append(Setting(name="lr", value=inner.lr, reason=f"{inner.told}, for the optimizer inside"))
            decay = f"{inner.weight_decay} as in the job, for the optimizer inside"
            if "weight_decay" not in own:
                found.append(Setting(name="weight_decay", value=inner.weight_decay, reason=decay))
        else:
            found.append(Setting(name=each.name, value=each.value, reason=_filled(each.name, own)))
    return found


def _filled(name: str, own: Signature) -> str:
    if name not in own:
        return f"it is no argument of its own but passed on, and {_RUN}"
    if (default := own[name]) is None:
        return f"it has no default, and {_RUN}"
    return f"its default is {default}, and {_RUN}"
