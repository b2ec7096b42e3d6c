"""How GitHub's runner reads a workflow command."""

from __future__ import annotations


def unescaped(value: str) -> str:
    """What GitHub's runner makes of a value, in its own order."""
    for escape, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(escape, char)
    return value


def command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it: name, properties, message."""
    assert line.startswith("::")
    head, _, message = line[2:].partition("::")
    name, _, listed = head.partition(" ")
    properties = dict(each.split("=", 1) for each in listed.split(","))
    return name, {key: unescaped(value) for key, value in properties.items()}, unescaped(message)
