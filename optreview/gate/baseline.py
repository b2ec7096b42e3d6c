"""The baseline file: TOML that people read in a diff, written sorted and read strictly."""

from __future__ import annotations

import json
import math
import re
import tomllib
from typing import TYPE_CHECKING

import msgspec

from optreview import disk
from optreview.errors import InputError, MeasurementError
from optreview.records import BASELINE_FORMAT, Baseline
from optreview.records.baseline import OLDEST_FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

UPDATE = "optreview baseline update"
_HEAD = f"""\
# The memory of this project's optimizers, for 'optreview check': bytes per parameter, as measured.
# Written by '{UPDATE}'; commit it. What is worse than it fails the check.
"""
#: Without this line the file was cut off: TOML that ends too early can still be TOML.
_END = "# end of the baseline"
_CONFLICT = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def load(path: Path, targets: str = "TARGET...") -> Baseline:
    """Read a baseline.

    Args:
        path: Where it is.
        targets: What to name in the command that makes one.

    Raises:
        MeasurementError: There is none.
        InputError: It cannot be used; the sentence says why.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MeasurementError(
            f"There is no baseline {path} to compare with; '{UPDATE} {targets}' makes it."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The baseline {path} cannot be read: {error}.") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Baseline:
    """A baseline from its text; ``name`` is what an error calls the file.

    Raises:
        InputError: It cannot be used; the sentence says why.
    """
    if _CONFLICT.search(text):
        raise InputError(
            f"The baseline {name} has conflict markers of a merge; resolve them, or delete it and run "
            f"'{UPDATE}'."
        )
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The baseline {name} is damaged ({error}); {_RESTORE}.") from error
    made = document.get("format")
    if isinstance(made, int) and made > BASELINE_FORMAT:
        raise InputError(
            f"The baseline {name} has format {made}, of a newer optreview; this one reads up to "
            f"{BASELINE_FORMAT}. Update optreview."
        )
    if isinstance(made, int) and made < OLDEST_FORMAT:
        raise InputError(
            f"The baseline {name} has format {made}, of an older optreview; this one reads "
            f"{OLDEST_FORMAT} to {BASELINE_FORMAT}. Delete it and run '{UPDATE}'."
        )
    if not text.rstrip().endswith(_END):
        raise InputError(f"The baseline {name} is cut off: its last line is missing; {_RESTORE}.")
    try:
        found = msgspec.convert(document, Baseline)
    except msgspec.ValidationError as error:
        raise InputError(f"The baseline {name} is damaged ({error}); {_RESTORE}.") from error
    if not all(map(math.isfinite, _numbers(document))):
        raise InputError(f"The baseline {name} is damaged: it has a figure that is no number; {_RESTORE}.")
    return found


_RESTORE = f"restore it from version control, or delete it and run '{UPDATE}'"


def _numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _numbers(each)
    elif isinstance(value, float):
        yield value


def save(path: Path, baseline: Baseline) -> None:
    """Write it whole or not at all; the same figures give the same bytes.

    Raises:
        InputError: The disk refuses.
    """
    content = render(baseline).encode()
    try:
        if path.is_file() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.write_atomically(path, content)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error


def render(baseline: Baseline) -> str:
    """The text of the file, every table sorted."""
    lines = [_HEAD]
    lines += _pairs({"format": baseline.format, "torch": baseline.torch, "device": baseline.device})
    for name, known in sorted(baseline.optimizers.items()):
        table = f"optimizers.{_key(name)}"
        built: dict[str, object] = msgspec.to_builtins(known)
        runs: dict[str, dict[str, object]] = {
            run: msgspec.to_builtins(each) for run, each in sorted(known.runs.items())
        }
        probes = built.pop("probes")
        del built["runs"]
        lines += ["", f"[{table}]", *_pairs({k: v for k, v in built.items() if v is not None})]
        if isinstance(probes, dict):
            lines += ["", f"[{table}.probes]", *_pairs(dict(sorted(probes.items())))]
        for run, figures in runs.items():
            lines += ["", f"[{table}.runs.{_key(run)}]", *_pairs(figures)]
    return "\n".join([*lines, "", _END, ""])


def _pairs(values: Mapping[str, object], before: str = "") -> list[str]:
    """A line for each value; a table of tables, or of lists, has one for each of these."""
    lines: list[str] = []
    for key, value in values.items():
        name = f"{before}{_key(key)}"
        if isinstance(value, dict) and any(isinstance(each, dict | list | tuple) for each in value.values()):
            lines += _pairs(dict(sorted(value.items())), f"{name}.")
        else:
            lines.append(f"{name} = {_value(value)}")
    return lines


def _value(value: object) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in sorted(value.items()))
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return "".join(["[\n", *(f"  {_value(each)},\n" for each in value), "]"]) if value else "[]"
    return _text(value) if isinstance(value, str) else repr(value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    """A string in quotes; the escapes of JSON are those of TOML, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
