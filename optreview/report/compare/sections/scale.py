"""Memory on the large models that both were simulated on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.records import ComparedTable
from optreview.report import figures
from optreview.report.compare.pair import told, untold

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.records import Answer, ComparedRow, DynamicEvidence, Kind, Model, ScaleRun
    from optreview.report.compare.pair import Pair

PLACE = 50
DEVICES = ("cpu", "cuda")
#: Models that the first screen names.
_NAMED = 2


#: Id, label, what spoils it, and how it is read.
_Quantity = tuple[str, str, "Kind | None", "Callable[[ScaleRun], int]"]
_QUANTITIES: tuple[_Quantity, ...] = (
    ("state", "State", None, lambda run: run.state_bytes),
    ("first", "Peak of the first step", "scale", lambda run: run.first_transient_bytes),
    ("steady", "Peak of a steady step", "scale", lambda run: run.steady_transient_bytes),
    ("total", "Parameters, gradients, state and peak", "scale", lambda run: run.total_bytes),
)


def tables(pair: Pair) -> tuple[ComparedTable, ...]:
    """A table for each model that both have and each device that it was simulated for."""
    if len(pair.runs) < 2:
        return ()
    return tuple(
        ComparedTable(id=f"{name} {device}", rows=_rows(pair, name, device))
        for name in _shared(pair)
        for device in DEVICES
    )


def headlines(pair: Pair) -> tuple[ComparedRow, ...]:
    """What training needs in all, on CUDA's path of the first models."""
    if len(pair.runs) < 2:
        return ()
    titles = {model.name: model.title for dynamic in pair.runs for model in _models(dynamic)}
    found = ((name, _rows(pair, name, "cuda")) for name in _shared(pair)[:_NAMED])
    return tuple(
        structs.replace(rows[-1], id=f"total:{name}", label=f"All but activations, {titles[name]} on CUDA")
        for name, rows in found
        if rows
    )


def _shared(pair: Pair) -> list[str]:
    """Names of the models that both were simulated on."""
    first, second = ({each.name for each in _models(dynamic)} for dynamic in pair.runs)
    return sorted(first & second)


def _rows(pair: Pair, name: str, device: str) -> tuple[ComparedRow, ...]:
    given = {_given(model) for dynamic in pair.runs for model in _models(dynamic) if model.name == name}
    runs = [run for dynamic in pair.runs if (run := _run(dynamic, name, device))]
    if not runs:
        return ()
    why = () if len(given) == 1 else ("model",)
    if not all(run.settled for run in runs):
        why = (*why, "unsettled")
    return tuple(_row(pair, (name, device), each, why) for each in _QUANTITIES)


def _models(dynamic: DynamicEvidence) -> tuple[Model, ...]:
    return dynamic.scale.models if dynamic.scale else ()


def _given(model: Model) -> tuple[object, ...]:
    """What the optimizer was given of it."""
    return model.tensors, model.parameters, model.dtypes


def _run(dynamic: DynamicEvidence, model: str, device: str) -> ScaleRun | None:
    runs = dynamic.scale.runs if dynamic.scale else ()
    return next((each for each in runs if (each.model, each.device) == (model, device)), None)


def _row(pair: Pair, place: tuple[str, str], quantity: _Quantity, why: tuple[str, ...]) -> ComparedRow:
    identifier, label, kind, size = quantity

    def read(dynamic: DynamicEvidence) -> Answer:
        run = _run(dynamic, *place)
        return told(size(run), _unrest(run)) if run else _refused(dynamic, *place)

    return pair.measured(identifier, label, "bytes", read, kind, why=why)


def _unrest(run: ScaleRun) -> str:
    return "" if run.settled else f"after {figures.count(run.steps, 'step')}, not yet at rest"


def _refused(dynamic: DynamicEvidence, model: str, device: str) -> Answer:
    refused = dynamic.scale.unscaled if dynamic.scale else ()
    failed = next((each for each in refused if (each.model, each.device) == (model, device)), None)
    return untold(failed.failure.message, "errored") if failed else untold("It was not simulated.")
