"""Budgets on models that are simulated: what an optimizer takes there, on the default path of a device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from optreview.gate.difference import differs
from optreview.records.gate import ModelBreach
from optreview.records.scale import ADAMW_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.gate.budgets import Budget
    from optreview.records import DynamicEvidence, ModelShapes, ScaleEvidence, ScaleRun, SelfCheck, Tolerance

_DEVICES: tuple[Literal["cpu", "cuda"], ...] = ("cpu", "cuda")


def breaches(
    name: str, evidence: DynamicEvidence, budgets: Sequence[Budget], tolerance: Tolerance
) -> tuple[ModelBreach, ...]:
    """The figures of one optimizer that are over a budget on a model, beyond the tolerance."""
    scale = evidence.scale
    if scale is None:
        return ()
    return tuple(
        breach
        for budget, model, device in _asked(name, budgets)
        if (run := _run(scale, model.name, device)) is not None
        for breach in _over(scale, run, budget, model, tolerance)
    )


def missing(name: str, evidence: DynamicEvidence, budgets: Sequence[Budget]) -> tuple[str, ...]:
    """Why budgets on models cannot be held against anything, in sentences."""
    asked = {(model.name, device) for _, model, device in _asked(name, budgets)}
    scale = evidence.scale
    told = {(u.model, u.device): u.failure.message for u in scale.unscaled} if scale is not None else {}
    return tuple(
        f"A budget on {model} says nothing: {told.get((model, device), _UNKNOWN.format(device))}"
        for model, device in sorted(asked)
        if scale is None or _run(scale, model, device) is None
    )


_UNKNOWN = "it could not be simulated there on {}."


def _asked(
    name: str, budgets: Sequence[Budget]
) -> Iterator[tuple[Budget, ModelShapes, Literal["cpu", "cuda"]]]:
    for budget in budgets:
        if budget.model is not None and budget.covers(name):
            for device in _DEVICES:
                if budget.device in {None, device}:
                    yield budget, budget.model, device


def _run(scale: ScaleEvidence, model: str, device: str) -> ScaleRun | None:
    return next((run for run in scale.runs if (run.model, run.device) == (model, device)), None)


def _over(
    scale: ScaleEvidence, run: ScaleRun, budget: Budget, model: ModelShapes, tolerance: Tolerance
) -> Iterator[ModelBreach]:
    parameters = next(each.parameters for each in scale.models if each.name == run.model)
    adamw = next(
        (r for r in scale.references if (r.model, r.implementation) == (run.model, ADAMW_PATH[run.device])),
        None,
    )
    for figure, amount in sorted(budget.limits.items()):
        if amount.of_what == "AdamW" and adamw is None:
            continue
        value = figure_of(run, figure)
        limit = amount.limit(figure_of(adamw, figure) if adamw else 0, parameters, 1)
        sure = value - _off(scale.check, run, figure)
        if sure > limit and differs(limit / parameters, sure / parameters, tolerance):
            yield ModelBreach(
                model=run.model,
                device=run.device,
                dtype=model.dtypes[0],
                figure=figure,  # type: ignore[arg-type]  # a budget on a model has no others
                budget=f"{figure} = {amount.text!r} on {run.model} for {budget.optimizer}",
                limit=round(limit),
                value=value,
                exact=scale.check is not None and scale.check.exact,
            )


def figure_of(run: ScaleRun, figure: str) -> int:
    """Bytes in all."""
    if figure == "peak":
        return run.total_bytes
    return int(getattr(run, f"{figure}_bytes"))


def _off(check: SelfCheck | None, run: ScaleRun, figure: str) -> float:
    """What the simulation may be too much by: what it was off by where it could be checked, in proportion."""
    if check is None or check.exact or not check.parameter_bytes:
        return 0.0
    state = max(abs(check.state_residual), check.state_spread)
    transient = max(abs(check.transient_residual), check.transient_spread)
    off = {"state": state, "hidden": state, "peak": state + transient}.get(figure, transient)
    return off / check.parameter_bytes * run.parameter_bytes
