"""``--format NAME`` or ``--format NAME=FILE``, any number of times: what to print and what to write where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from optreview import disk, plugins
from optreview.cli.suggest import unknown
from optreview.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Command = TypeVar("_Command", bound="Callable[..., object]")


@dataclass(frozen=True, slots=True)
class Output:
    """A format, and the file it goes to; stdout when there is none."""

    format: str
    path: Path | None = None


def output_options(formats: str, usual: str) -> Callable[[_Command], _Command]:
    """Add ``--format`` and ``--output``.

    Args:
        formats: The package that holds the formats, one a module.
        usual: The format where none is named.
    """

    def add(command: _Command) -> _Command:
        chosen = click.option(
            "--format",
            "formats",
            multiple=True,
            metavar="FORMAT[=FILE]",
            help=f"{', '.join(plugins.ids(formats))}; more than once with files.  [default: {usual}]",
        )
        file = click.option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout.")
        return chosen(file(command))

    return add


def parse(given: Sequence[str], formats: str, usual: str, file: str | None) -> tuple[Output, ...]:
    """The outputs that a command line asks for.

    Args:
        given: What follows each ``--format``.
        formats: The package that holds the formats.
        usual: The format where none is named.
        file: Where the one goes that names no file of its own; ``-`` is stdout.

    Raises:
        InputError: A format is unknown, two outputs go to one place, or a file cannot be written.
    """
    known = plugins.ids(formats)
    outputs = tuple(_one(each, known, file) for each in given or (usual,))
    places = [output.path for output in outputs]
    if len(set(places)) < len(places):
        raise InputError(
            "Two formats go to the same place; write all but one to files, as in sarif=out.sarif."
        )
    if file is not None and not any("=" not in each for each in given or (usual,)):
        raise InputError("Every format names a file of its own, so -o has nothing to write.")
    for path in filter(None, places):
        _check(path)
    return outputs


def rendered(formats: str, name: str, found: object) -> str:
    """What a command has found, in a format of the package."""
    renderers = {module.__name__.rpartition(".")[2]: module for module in plugins.modules(formats)}
    text: str = renderers[name].render(found)
    return text


def deliver(output: Output, text: str) -> None:
    """Print it, or write it to the output's file."""
    if output.path is None:
        click.echo(text, nl=False)
    else:
        write(output.path, text)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        InputError: The disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.write_atomically(path, text.encode())
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from error


def _one(given: str, known: Sequence[str], file: str | None) -> Output:
    name, separator, own = given.partition("=")
    if name not in known:
        raise unknown("format", name, known, f"the formats are {', '.join(known)}")
    if separator and not own:
        raise InputError(f"The format {name} names no file behind its '='; write {name}=FILE or {name}.")
    place = own if separator else file
    return Output(name, Path(place) if place not in {None, "", "-"} else None)


def _check(path: Path) -> None:
    """Refuse, before any work, what could not be written or must not be overwritten."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it.")
    if path.exists() and path.suffix in {".py", ".pyi", ".toml"}:
        raise InputError(f"{path} is there already and looks like source, so it is not overwritten.")
    disk.prepare(path.parent)
