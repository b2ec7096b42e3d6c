"""Which models memory is simulated on: built-in ones by name, the user's own by file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optreview import models, shapes
from optreview.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.records import ModelShapes

DEFAULT_MODEL = "llama-7b"
EVERY, NONE = GROUPS = ("all", "none")


def chosen(names: Sequence[str], files: Sequence[str]) -> tuple[ModelShapes, ...]:
    """The models that the options name; a file takes the place of the default, not of a model that is named.

    Raises:
        InputError: A file cannot be used, or two models have one name.
    """
    context = click.get_current_context()
    named = context.get_parameter_source("model_names") is not click.core.ParameterSource.DEFAULT
    wanted = list(dict.fromkeys(names)) if named or not files else []
    if NONE in wanted and len(wanted) > 1:
        raise InputError(f"--model {NONE} excludes every other model.")
    built_in = models.names() if EVERY in wanted else [name for name in wanted if name != NONE]
    found = [models.built_in(name) for name in built_in] + [shapes.read(Path(file)) for file in files]
    if len({model.name for model in found}) < len(found):
        raise InputError("Two models have the same name; rename one of the files.")
    return tuple(found)
