"""Commands that a runner of GitHub workflows takes from what is printed, and text that it takes for none."""

from __future__ import annotations

from optreview.report.escaping import plain, visible


def command(name: str, properties: dict[str, str | int], *lines: str) -> str:
    """``::name key=value,…::message``. What ends a value or the command is escaped as GitHub asks."""
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(chr(10).join(map(plain, lines)))}"


def harmless(line: str) -> str:
    """A line that no runner takes for one of its commands."""
    guarded = line.replace("##[", "#\u200b#[")
    return f"./{guarded}" if guarded.lstrip().startswith("::") else guarded


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A value that arrives as it is, but for control characters that no escape is defined for."""
    shown = "".join(char if char in "\r\n" else visible(char) for char in text)
    return _data(shown).replace(":", "%3A").replace(",", "%2C")
