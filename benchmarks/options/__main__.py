"""Which constructor parameters optimizers have in common: counts them and writes ``NAMES.toml``.

``python -m benchmarks.options`` asks Python for the signature of every optimizer of three packages, a source
of its own beside our reading of the files. The options that the rubric explains are held against the list.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections import Counter
from importlib import metadata
from pathlib import Path

from torch.optim import Optimizer

#: What is imported, and the distribution that it comes from.
PACKAGES = {
    "torch.optim": "torch",
    "pytorch_optimizer": "pytorch_optimizer",
    "torch_optimizer": "torch_optimizer",
}
NAMES = Path(__file__).parent / "NAMES.toml"
#: A name that fewer classes have is one optimizer's own, not something that they have in common.
LEAST = 3


def optimizers() -> list[type]:
    """Every concrete optimizer that the packages export, a class that two of them export once."""
    found: dict[str, type] = {}
    for package in PACKAGES:
        with warnings.catch_warnings(action="ignore"):
            exported = vars(importlib.import_module(package))
        for each in exported.values():
            if isinstance(each, type) and issubclass(each, Optimizer) and each is not Optimizer:
                found[f"{each.__module__}.{each.__qualname__}"] = each
    return [found[name] for name in sorted(found) if not inspect.isabstract(found[name])]


def counted(classes: list[type]) -> Counter[str]:
    """In how many signatures each name stands, ``**kwargs`` left out."""
    collected = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return Counter(
        parameter.name
        for each in classes
        for parameter in inspect.signature(each).parameters.values()
        if parameter.kind not in collected and parameter.name != "params"
    )


def listed(classes: list[type]) -> str:
    """The names that occur in enough classes, the most frequent first, as TOML."""
    # A local label of a build, such as ``+cpu``, changes no signature.
    versions = [f"{name} {metadata.version(name).partition('+')[0]}" for name in PACKAGES.values()]
    rows = sorted(counted(classes).items(), key=lambda row: (-row[1], row[0]))
    lines = [
        "# Written by `python -m benchmarks.options`: constructor parameters by the number of classes.",
        f"# {len(classes)} classes of {', '.join(versions)}.",
        *(f"{name} = {count}" for name, count in rows if count >= LEAST),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the list."""
    NAMES.write_text(listed(optimizers()), encoding="utf-8")
    print(f"{NAMES.name} was written")


if __name__ == "__main__":
    main()
