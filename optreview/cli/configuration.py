"""A project's defaults for ``optreview analyze``: ``[tool.optreview]`` in the nearest ``pyproject.toml``."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from optreview.cli.suggest import unknown
from optreview.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEVICES = ("auto", "cpu", "cuda")


def load(start: Path) -> dict[str, object]:
    """The defaults that hold in a folder, or none.

    Only the nearest ``pyproject.toml`` upward is read. A relative ``output`` counts from that file.

    Raises:
        InputError: The file is not TOML, or a key or a value of the section is not what it can be.
    """
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            return {key: _checked(path, key, value) for key, value in _section(path).items()}
    return {}


def _section(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    tool = document.get("tool", {})
    section = tool.get("optreview", {}) if isinstance(tool, dict) else {}
    if not isinstance(section, dict):
        raise InputError(f"In {path}, [tool.optreview] must be a table.")
    return section


def _checked(path: Path, key: str, value: object) -> object:
    if key not in KEYS:
        fault = unknown("key", key, KEYS, f"the keys are {', '.join(sorted(KEYS))}")
        raise InputError(f"[tool.optreview] of {path} cannot be used. {fault}")
    wanted, accepts = KEYS[key]
    if not accepts(value):
        raise InputError(f"In {path}, tool.optreview.{key} must be {wanted}, not {value!r}.")
    return str(path.parent / str(value)) if key == "output" and value != "-" else value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_device(value: object) -> bool:
    return value in DEVICES


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


#: Each key with what it can be, in words and as a test.
KEYS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "output": ("a folder, or '-' for the terminal", _is_text),
    "device": (f"one of {', '.join(DEVICES)}", _is_device),
    "timeout": ("a positive number of seconds", _is_positive),
    "memory_limit": ("a positive number of gibibytes", _is_positive),
}
