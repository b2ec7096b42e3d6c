"""Which models memory is simulated on: built-in ones by name, the user's own by file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from optreview import models, shapes, targets
from optreview.errors import InputError
from optreview.judgement import usecase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.cli.purposing import Wanted
    from optreview.records import ModelShapes, Target

_Command = TypeVar("_Command", bound="Callable[..., object]")
DEFAULT_MODEL = "llama-7b"
EVERY, NONE = GROUPS = ("all", "none")


class Chosen(NamedTuple):
    """Models whose shapes are known, and functions that will give some."""

    models: tuple[ModelShapes, ...] = ()
    factories: tuple[Target, ...] = ()


def model_options(command: _Command) -> _Command:
    """Add ``--model`` and ``--shapes``."""
    model = click.option(
        "--model",
        "model_names",
        multiple=True,
        default=(DEFAULT_MODEL,),
        show_default=True,
        metavar="MODEL",
        help=f"Model to simulate memory on, more than once: {', '.join((*models.names(), *GROUPS))}, "
        "or file.py:function that gives yours.",
    )
    file = click.option(
        "--shapes",
        multiple=True,
        metavar="FILE",
        help="Your model instead: a safetensors file, or JSON with names and shapes.",
    )
    return model(file(command))


def chosen(names: Sequence[str], files: Sequence[str], wanted: Wanted | None = None) -> Chosen:
    """The models that the options name, and that of the use case.

    A file or a use case takes the place of the default, not of a model that is named.

    Raises:
        InputError: A file cannot be used, two models have one name, or there is no such model.
    """
    context = click.get_current_context()
    named = context.get_parameter_source("model_names") is not click.core.ParameterSource.DEFAULT
    own = _own(wanted) if wanted is not None and NONE not in names else Chosen()
    given = list(dict.fromkeys(names)) if named or not (files or any(own)) else []
    if NONE in given and len(given) > 1:
        raise InputError(f"--model {NONE} excludes every other model.")
    factories = tuple(_factory(name) for name in given if ":" in name) + own.factories
    built_in = models.names() if EVERY in given else [n for n in given if n != NONE and ":" not in n]
    found = [models.built_in(name) for name in built_in] + [shapes.read(Path(file)) for file in files]
    found += [model for model in own.models if model not in found]
    if len({model.name for model in found}) < len(found):
        raise InputError("Two models have the same name; rename one of the files.")
    return Chosen(tuple(found), factories)


def _own(wanted: Wanted) -> Chosen:
    """The model of a use case."""
    if wanted.shapes is not None:
        return Chosen((wanted.shapes,))
    if wanted.factory is not None:
        return Chosen(factories=(wanted.factory,))
    model = wanted.case.model
    return Chosen((usecase.shapes(wanted.case),)) if model is not None else Chosen()


def _factory(spec: str) -> Target:
    found = targets.resolve(spec)
    return found[0]
