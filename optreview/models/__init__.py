"""Shapes of models that people train, one model a file, found by location.

A module has a ``TITLE``, the ``DTYPE`` in which such a model is usually trained, and ``tensors()``, which
yields the name and the shape of every parameter. Nothing here allocates anything or imports torch: what an
optimizer needs depends on the shapes alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview import plugins
from optreview.errors import InputError
from optreview.records import ModelShapes, ModelTensor

if TYPE_CHECKING:
    from types import ModuleType


def names() -> tuple[str, ...]:
    """The built-in models, by the names that users type."""
    return tuple(each.replace("_", "-") for each in plugins.ids(__name__))


def built_in(name: str) -> ModelShapes:
    """A built-in model.

    Raises:
        InputError: There is none of that name.
    """
    for module in plugins.modules(__name__):
        if _name(module) == name:
            tensors = tuple(
                ModelTensor(name=n, shape=shape, dtype=module.DTYPE) for n, shape in module.tensors()
            )
            return ModelShapes(name=name, title=module.TITLE, tensors=tensors)
    raise InputError(f"There is no built-in model {name!r}; there are {', '.join(names())}.")


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2].replace("_", "-")
