"""The budgets of ``[tool.optreview]``, read strictly: limits of some optimizers, in general or on a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from optreview import models, shapes
from optreview.errors import InputError
from optreview.gate.budgets import Amount, Budget
from optreview.records import FIGURES

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import FigureName, ModelShapes
    from optreview.records.gate import ModelFigure

_Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
#: What is said of a model, and of no other: there is no memory of NumPy's in a simulation.
_ON_MODELS: tuple[ModelFigure, ...] = ("state", "hidden", "first_transient", "steady_transient", "peak")
_NEEDS_MODEL, _NOT_OF_MODEL = "about a model; name one with 'on'", "not known of a model"
_FILES = (".json", ".safetensors")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry as it is written."""

    optimizer: _Text
    dtype: Literal["float32", "bfloat16"] | None = None
    on: _Text | None = None
    device: Literal["cpu", "cuda"] | None = None
    state: _Text | None = None
    hidden: _Text | None = None
    host: _Text | None = None
    first_transient: _Text | None = None
    steady_transient: _Text | None = None
    peak: _Text | None = None


def budget(path: Path, entry: Entry) -> Budget:
    """A budget with its limits, of which there must be one; ``path`` is the file that it stands in.

    Raises:
        InputError: It makes no sense; the sentence says why.
    """
    try:
        return _budget(path, entry)
    except InputError as fault:
        raise InputError(
            f"In {path}, the entry of tool.optreview.budgets for {entry.optimizer!r} cannot be used. {fault}"
        ) from None


def _budget(path: Path, entry: Entry) -> Budget:
    figures: tuple[FigureName | ModelFigure, ...] = FIGURES if entry.on is None else _ON_MODELS
    given = {each: text for each in dict.fromkeys((*FIGURES, *_ON_MODELS)) if (text := getattr(entry, each))}
    if not given:
        raise InputError(f"It sets none of {', '.join(figures)}.")
    if wrong := sorted(given.keys() - set(figures)):
        raise InputError(f"{wrong[0]!r} is {_NEEDS_MODEL if entry.on is None else _NOT_OF_MODEL}.")
    if entry.on is None and entry.device is not None:
        raise InputError("A device is about a model; name one with 'on'.")
    if entry.on is not None and entry.dtype is not None:
        raise InputError("A model has dtypes of its own; leave out 'dtype', or 'on'.")
    return Budget(
        entry.optimizer,
        {each: Amount.of(given[each]) for each in sorted(given)},
        entry.dtype,
        _model(path, entry.on) if entry.on is not None else None,
        entry.device,
    )


def _model(path: Path, name: str) -> ModelShapes:
    """A built-in model, or one by a file beside the project's."""
    if name.endswith(_FILES):
        return shapes.read(path.parent / name)
    known = models.names()
    if name not in known:
        raise InputError(
            f"There is no model {name!r}; there are {', '.join(known)}, and files: safetensors, or JSON with "
            "names and shapes."
        )
    return models.built_in(name)
