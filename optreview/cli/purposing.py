"""What a review is for: ``--usecase``, ``--tiers``, ``--tier`` and ``--style``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from optreview import models, plugins, shapes, targets
from optreview.cli import machine
from optreview.cli.configuration import Project
from optreview.cli.suggest import unknown
from optreview.errors import InputError
from optreview.judgement import usecase
from optreview.records import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.cli.modelling import Chosen
    from optreview.records import ModelShapes, Target, Tier, UseCase

_Command = TypeVar("_Command", bound="Callable[..., object]")
STYLES = plugins.ids("optreview.judgement.styles")
#: The machine that optreview runs on.
THIS = "this"
#: Larger than any use case or list of tiers.
_MOST = 1 << 20


class Wanted(NamedTuple):
    """A use case, with the shapes of its model or the function that gives them, where a file says so."""

    case: UseCase
    shapes: ModelShapes | None = None
    factory: Target | None = None


def purpose_options(command: _Command) -> _Command:
    """Add the options."""
    options = (
        click.option(
            "--usecase",
            metavar="NAME|FILE",
            help="What the optimizer is for: a TOML file, or one of 'optreview list usecases'."
            f"  [default: {usecase.DEFAULT}]",
        ),
        click.option("--tiers", metavar="FILE", help="Hardware to recommend settings for, as TOML."),
        click.option(
            "--tier",
            "tier_names",
            multiple=True,
            metavar="ID",
            help=f"Only these tiers, more than once; '{THIS}' is this machine.",
        ),
        click.option(
            "--style",
            type=click.Choice(STYLES),
            default=usecase.DEFAULT_STYLE,
            show_default=True,
            metavar="STYLE",
            help=f"How recommended settings are printed: {', '.join(STYLES)}.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def wanted(name: str | None) -> Wanted | None:
    """The use case that an option names, or None.

    Raises:
        InputError: There is none of that name, or the file cannot be used.
    """
    if name is None:
        return None
    if not _is_file(name):
        if name not in usecase.names():
            raise unknown("use case", name, usecase.names(), "'optreview list usecases' names them")
        return Wanted(usecase.load(name))
    path = Path(name)
    text = _toml(path)
    own = text.pop("shapes", None)
    if own is not None:
        if not isinstance(own, str) or "model" in text:
            raise InputError(f"In {path}, shapes must be one file, and there must be no model beside it.")
        given = shapes.read(path.parent / own)
        return Wanted(usecase.read(path, {**text, "model": given.name}), shapes=given)
    model = text.get("model")
    if isinstance(model, str) and ":" in model:
        (factory,) = targets.resolve(model)
        name = f"{factory.module}:{factory.class_name}"
        return Wanted(usecase.read(path, {**text, "model": name}), factory=factory)
    return Wanted(usecase.read(path, text))


def purpose(case: UseCase | None, file: str | None, names: Sequence[str], style: str) -> Purpose | None:
    """What the options and the project ask for; None where they ask for nothing.

    Raises:
        InputError: There is no such tier, or the file cannot be used.
    """
    own = _of_project()
    if case is None and file is None and not names and not own and style == usecase.DEFAULT_STYLE:
        return None
    tiers = usecase.read_tiers(_toml(Path(file)), file) if file else own or usecase.tiers()
    if names:
        known = {each.id: each for each in tiers}
        for name in names:
            if name != THIS and name not in known:
                raise unknown("tier", name, (*known, THIS), f"there are {', '.join((*known, THIS))}")
        tiers = tuple(machine.tier() if name == THIS else known[name] for name in dict.fromkeys(names))
    return Purpose(use_case=case or usecase.load(), tiers=tiers, style=style)


def for_model(found: Purpose | None, case: UseCase | None, given: Chosen) -> Purpose | None:
    """The usual job with the user's own model, where one is given and no use case is named."""
    own = [each.name for each in given.models if each.name not in models.names()]
    own += [f"{each.module}:{each.class_name}" for each in given.factories]
    if case is not None or len(own) != 1:
        return found
    job = usecase.with_model(found or usecase.purpose(), own[0])
    return usecase.in_dtype_of(job, given.models) if job is not None else found


def _of_project() -> tuple[Tier, ...]:
    """The tiers of ``[tool.optreview]``."""
    project = click.get_current_context().find_object(Project)
    if project is None or not project.tiers:
        return ()
    return usecase.read_tiers({"tiers": project.tiers}, "[tool.optreview]")


def _is_file(name: str) -> bool:
    return name.endswith(".toml") or "/" in name


def _toml(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            return tomllib.loads(stream.read(_MOST).decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path} cannot be read: {said}.") from error
