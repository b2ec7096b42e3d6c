"""What a measured figure depends on besides the code that was run: optreview, Python, torch, the system."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from functools import cache
from pathlib import Path

#: What is said of a package that is not installed.
ABSENT = "absent"
#: Packages that torch itself uses where they are there.
_OPTIONAL = ("numpy", "opt_einsum")


def surroundings() -> dict[str, object]:
    """What all figures depend on."""
    return {
        "program": program(),
        "torch": _version("torch"),
        "optional": [_version(each) for each in _OPTIONAL],
        "system": (platform.system(), platform.machine()),
    }


@cache
def program() -> tuple[str, ...]:
    """This optreview and this Python: another one may read a source otherwise."""
    return _self(), platform.python_version()


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ABSENT


def _self() -> str:
    """A digest of optreview's own code: figures of another one may be others."""
    root = Path(__file__).parent
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        whole.update(path.read_bytes())
    return whole.hexdigest()
