"""Import the reviewed module inside the box, and find the class in it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.failures import RefusalError, on_import
from optreview.records import Failure

if TYPE_CHECKING:
    from types import ModuleType

    import torch

    from optreview.records import Target


def load(target: Target, limit: str, *, boxed: bool) -> tuple[type[torch.optim.Optimizer], ModuleType]:
    """Import the target's module and return the class with it; ``limit`` is the memory limit in words.

    Raises:
        RefusalError: The module cannot be imported, another file came instead, or the class is not in it.
    """
    module = load_module(target, limit, boxed=boxed)
    return _class_in(module, target), module


def load_module(target: Target, limit: str, *, boxed: bool) -> ModuleType:
    """Import the target's module.

    Raises:
        RefusalError: It cannot be imported, or another file came instead.
    """
    try:
        return _import_lone(target) if target.lone else _import_from_package(target)
    except RefusalError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the file does, it becomes a sentence
        raise RefusalError(on_import(error, target, limit, boxed=boxed)) from None


def _import_from_package(target: Target) -> ModuleType:
    if target.root not in sys.path:
        sys.path.insert(0, target.root)
    _append(target.search_path)
    module = importlib.import_module(target.module)
    found = getattr(module, "__file__", None)
    if found is None or not Path(found).samefile(target.path):
        raise RefusalError(
            Failure(
                kind="import-failed",
                message=f"Importing {target.module} gave another file than {Path(target.path).name}: "
                "a package of the same name comes first. Run optreview where that package is not installed.",
            )
        )
    return module


def _import_lone(target: Target) -> ModuleType:
    # At the end: a reviewed random.py must not become everybody's random.
    _append((str(Path(target.path).parent), *target.search_path))
    name = target.module
    if name in sys.stdlib_module_names or name in sys.modules:
        name = f"{name}_under_review"
    spec = importlib.util.spec_from_file_location(name, target.path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{Path(target.path).name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look a class's module up here
    spec.loader.exec_module(module)
    return module


def _append(folders: tuple[str, ...]) -> None:
    sys.path.extend(folder for folder in folders if folder not in sys.path)


def _class_in(module: ModuleType, target: Target) -> type[torch.optim.Optimizer]:
    found: object = module
    for name in (target.class_name or "").split("."):
        found = getattr(found, name, None)
    if not isinstance(found, type):
        raise RefusalError(
            Failure(
                kind="import-failed",
                message=f"{target.module} was imported but has no class {target.class_name}: "
                "the source defines it only under a condition that does not hold here.",
            )
        )
    return found
