"""Figures as people read them: bytes in KiB and MiB, ratios with a times sign, shares, correct plurals."""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def data_size(value: float) -> str:
    """A number of bytes: ``4 B``, ``1.5 KiB``, ``2.00 MiB``."""
    size = float(value)
    for unit in _UNITS:
        if abs(size) < 1024 or unit == _UNITS[-1]:
            break
        size /= 1024
    if unit == "B":
        return f"{size:.0f} B"
    return f"{size:.2f} {unit}"


def rough_size(value: float) -> str:
    """An estimate of a number of bytes, to two digits: ``480 MiB``, ``1.5 GiB``."""
    size = float(value)
    for unit in _UNITS:
        rounded = float(f"{size:.2g}")
        if abs(rounded) < 1000 or unit == _UNITS[-1]:
            break
        size /= 1024
    return f"{rounded:.1f} {unit}" if abs(rounded) < 10 and unit != "B" else f"{rounded:.0f} {unit}"


def times(value: float) -> str:
    """A ratio: ``2.00×``; small ones keep two significant digits, and tiny ones none."""
    if value == 0:
        return "0×"
    if abs(value) < 0.001:
        return "under 0.001×"
    return f"{value:.2f}×" if abs(value) >= 0.1 else f"{value:.2g}×"


def band(ratio: float) -> str:
    """A ratio that is good to a tenth: ``0.90× to 1.10×``."""
    return f"{times(ratio * 0.9)} to {times(ratio * 1.1)}"


def per_parameter(value: float) -> str:
    """Bytes per parameter: ``8 B``, ``8.01 B``, ``0.004 B``."""
    if value == 0:
        return "0 B"
    text = f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} B"


def percent(value: float) -> str:
    """A share of one, without decimals; only a true whole reads 0% or 100%."""
    rounded = round(value * 100)
    if rounded == 100 and value < 1:
        rounded = 99
    if rounded == 0 and value > 0:
        rounded = 1
    return f"{rounded}%"


def count(value: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: ``1 place``, ``3 places``."""
    return f"{value} {noun if value == 1 else plural or noun + 's'}"


def score(value: float | None) -> str:
    """A score out of ten, or the words for its absence."""
    return "not measured" if value is None else f"{value:.1f}/10"


def items(values: list[str]) -> str:
    """Words in a row: ``a``, ``a and b``, ``a, b and c``."""
    if len(values) < 2:
        return "".join(values)
    return f"{', '.join(values[:-1])} and {values[-1]}"
