"""Packages besides torch that the reviewed class uses, or does without: memory can hang on them."""

from __future__ import annotations

import importlib.metadata
import sys
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import FrameType, FunctionType, ModuleType
from typing import TYPE_CHECKING

from torch.backends import opt_einsum

from optreview.records import Package

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Missing = set[tuple[str, str]]

#: The word for what torch hands to a package where there is one, or else does in the order that is written.
_CONTRACTION, _CONTRACTOR = "einsum", "opt_einsum"
#: What torch is imported under.
_TORCH = frozenset({"torch", "functorch", "torchgen"})
_IMPORTERS = ("importlib", "_frozen_importlib", "_frozen_importlib_external")


@contextmanager
def missing() -> Iterator[Missing]:
    """What is asked for and not installed, meanwhile: the module that asks, and the package's name."""
    finder = _Last()
    sys.meta_path.append(finder)
    try:
        yield finder.found
    finally:
        with suppress(ValueError):  # the reviewed code may have emptied the list
            sys.meta_path.remove(finder)


class _Last(MetaPathFinder):
    """The last to be asked for a module: notes what nobody has, and finds nothing itself."""

    def __init__(self) -> None:
        self.found: Missing = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002 - as importlib calls it
    ) -> None:
        """Note a package that is not there."""
        if path is None and fullname not in sys.stdlib_module_names:
            self.found.add((_asking(), fullname))


def _asking() -> str:
    """The module whose code imports something at the moment."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if _top(module) not in _IMPORTERS:
            return module
        frame = frame.f_back
    return ""


def companions(cls: type, absent: Missing) -> tuple[Package, ...]:
    """What the class's modules hold things of, by version, and what they have asked for in vain."""
    own = {_top(each.__module__) for each in cls.__mro__ if _home(each) in sys.modules}
    reached = _reached(cls, own - _TORCH)
    found: dict[str, str | None] = {name: None for module, name in absent if module in reached}
    used = {_top(home) for module in reached for home in _homes(module)}
    others = used - own - _TORCH - sys.stdlib_module_names
    # Only where something is left to be named: it opens a file of every package that is installed.
    distributions = importlib.metadata.packages_distributions() if others else {}
    for name in others:
        if name in distributions:
            found[name] = _version(distributions[name][0])
    if _contracts(cls):
        found[_CONTRACTOR] = _version(_CONTRACTOR) if opt_einsum.is_available() else None
    return tuple(Package(name=name, version=version) for name, version in sorted(found.items()))


def _reached(cls: type, packages: set[str]) -> set[str]:
    """The modules of these packages that the class's own hold something of, or that those do."""
    found: set[str] = set()
    waiting = [_home(each) for each in cls.__mro__]
    while waiting:
        module = waiting.pop()
        if _top(module) in packages and module not in found:
            found.add(module)
            waiting += _homes(module)
    return found


def _homes(module: str) -> list[str]:
    """Where the modules, classes and functions that a module has names for are from."""
    loaded = sys.modules.get(module)
    values = list(vars(loaded).values()) if isinstance(loaded, ModuleType) else []
    return [home for value in values if (home := _home(value))]


def _home(value: object) -> str:
    if isinstance(value, ModuleType):
        found: object = value.__name__
    elif isinstance(value, type | FunctionType):
        found = value.__module__
    else:
        return ""
    return found if isinstance(found, str) else ""


def _top(name: str) -> str:
    return name.partition(".")[0]


def _version(distribution: str) -> str:
    """Without a local label, so that records travel."""
    return importlib.metadata.version(distribution).partition("+")[0]


def _contracts(cls: type) -> bool:
    """Whether a file of the class, or of one that it derives from, names a contraction."""
    files = {getattr(sys.modules.get(_home(each)), "__file__", None) for each in cls.__mro__}
    known = [Path(each) for each in files if isinstance(each, str)]
    return any(_CONTRACTION in _text(each) for each in known)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # made without a file
        return ""
