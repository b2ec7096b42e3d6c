"""Memory on large models as the page shows it: bytes for state and step, beside AdamW on the same tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.frozen import Frozen
from optreview.models import families
from optreview.records.scale import ADAMW_PATH
from optreview.report.view.memory import beside

if TYPE_CHECKING:
    from optreview.records import (
        DynamicEvidence,
        Model,
        ScaleEvidence,
        ScaleRun,
        ScalingLaw,
        SelfCheck,
        Unscaled,
    )


class ScaleRow(Frozen, frozen=True):
    """One optimizer on one path, in bytes; ``total`` is what training needs beyond activations.

    ``unsettled``: the steps that were taken, where memory had not come to rest in them.
    """

    optimizer: str
    path: str
    state: int
    first: int
    steady: int
    total: int
    is_subject: bool
    unsettled: int | None


class ModelView(Frozen, frozen=True):
    """One model, with the subject's rows first.

    ``run`` is the subject on CUDA's default path, or on the CPU's where that is missing; ``adamw`` is AdamW
    on the path that is its default there.
    """

    model: Model
    parameter_bytes: int
    rows: tuple[ScaleRow, ...]
    run: ScaleRun
    adamw: ScaleRun

    @property
    def needs(self) -> int:
        """Bytes for parameters, gradients, state and a step's peak, of ``run``."""
        return self.run.total_bytes

    @property
    def adamw_needs(self) -> int:
        """The same for AdamW."""
        return self.adamw.total_bytes


class ScaleView(Frozen, frozen=True):
    """Every model, what could not be simulated, and whether simulation and reality agreed."""

    models: tuple[ModelView, ...]
    unscaled: tuple[Unscaled, ...]
    check: SelfCheck | None
    laws: tuple[Law, ...]


class Law(Frozen, frozen=True):
    """A formula in numbers of four bytes for an m by n matrix, m below n; ``words`` says what grows."""

    quantity: str
    formula: str
    words: str


def build(dynamic: DynamicEvidence) -> ScaleView | None:
    """Lay out the evidence at scale, or None where no model was asked for."""
    scale = dynamic.scale
    if scale is None:
        return None
    found = [_model(scale, model, dynamic) for model in scale.models if not families.is_member(model.name)]
    return ScaleView(
        models=tuple(each for each in found if each is not None),
        unscaled=tuple(each for each in scale.unscaled if not families.is_member(each.model)),
        check=scale.check,
        laws=tuple(_law(law) for law in scale.laws if law.exact),
    )


_SIGNS = {"m*n": "m·n", "m*m": "m²", "n*n": "n²", "m": "m", "n": "n", "1": ""}
_FLOAT32 = 4


def _law(law: ScalingLaw) -> Law:
    numbers = {term: size / _FLOAT32 for term, size in law.bytes_by_term.items()}
    formula = "0"
    for place, term in enumerate(each for each in _SIGNS if each in numbers):
        text = _term(abs(numbers[term]), _SIGNS[term])
        sign = "−" if numbers[term] < 0 else "+"
        formula = f"{formula} {sign} {text}" if place else text if sign == "+" else f"−{text}"
    return Law(quantity=law.quantity, formula=formula, words=_words(set(numbers)))


def _term(count: float, sign: str) -> str:
    if not sign:
        return f"{count:g}"
    return sign if count == 1 else f"{count:g}·{sign}"


def _words(terms: set[str]) -> str:
    """What grows fastest."""
    if terms & {"m*m", "n*n"}:
        return "with the square of a side"
    if "m*n" in terms:
        return "with the parameters"
    return "with the sides" if terms & {"m", "n"} else "not at all"


def _model(scale: ScaleEvidence, model: Model, dynamic: DynamicEvidence) -> ModelView | None:
    own = [run for run in scale.runs if run.model == model.name]
    references = {run.implementation: run for run in scale.references if run.model == model.name}
    if not own or "foreach" not in references or "for-loop" not in references:
        return None
    run = next((each for each in own if each.device == "cuda"), own[0])
    rows = [_row(each, _default(each, own), is_subject=True) for each in _distinct(own)]
    others = [_row(each, path, is_subject=False) for path, each in references.items()]
    rows += [structs.replace(row, optimizer=beside(row.optimizer, dynamic)) for row in others]
    return ModelView(
        model=model,
        parameter_bytes=run.parameter_bytes,
        rows=tuple(rows),
        run=run,
        adamw=references[ADAMW_PATH[run.device]],
    )


def _distinct(own: list[ScaleRun]) -> list[ScaleRun]:
    """One row where both devices' defaults come to the same."""
    return own[:1] if len({_figures(run) for run in own}) == 1 else own


def _default(run: ScaleRun, own: list[ScaleRun]) -> str:
    if len(own) > 1 and len(_distinct(own)) == 1:
        return "default"
    return "default on CUDA" if run.device == "cuda" else "default on CPU"


def _figures(run: ScaleRun) -> tuple[int, int, int]:
    return run.state_bytes, run.first_transient_bytes, run.steady_transient_bytes


def _row(run: ScaleRun, path: str, *, is_subject: bool) -> ScaleRow:
    return ScaleRow(
        optimizer=run.optimizer.rpartition(":")[2].rpartition(".")[2],
        path=path,
        state=run.state_bytes,
        first=run.first_transient_bytes,
        steady=run.steady_transient_bytes,
        total=run.total_bytes,
        is_subject=is_subject,
        unsettled=None if run.settled else run.steps,
    )
