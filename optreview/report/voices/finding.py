"""The voice that a user names, looked through before anything is run."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from jinja2 import nodes

from optreview.errors import InputError
from optreview.report import environment as environments
from optreview.report.voices import asides, faults, folders
from optreview.report.voices.folders import PLAIN, SUFFIX, Voice

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS = ("sections", asides.FOLDER)
_PLACE = re.compile(r"""aside\(\s*["'](\w+)["']""")


def find(given: str) -> Voice:
    """A voice that ships with optreview by its name, or the user's own by its folder.

    Raises:
        InputError: There is neither, or a file of the folder is none of a voice's.
    """
    if given in folders.names():
        return folders.shipped(given)
    folder = Path(given)
    if not folder.is_dir():
        known = folders.names()
        raise InputError(f"There is no voice {given!r}, and no folder of that name; {_instead(given, known)}")
    voice = Voice(folder.resolve().name, folder.resolve())
    with faults.told(voice):
        check(voice)
    return voice


def check(voice: Voice) -> None:
    """Refuse what would be left out without a word: files and blocks that have a wrong name.

    Raises:
        InputError: There is such a file or block.
    """
    files = [path for kind in _KINDS for path in sorted((voice.folder / kind).glob("*"))]
    if not any(path.name.endswith(SUFFIX) for path in files):
        raise InputError(
            f"The folder {voice.folder} is no voice: it has no sections/*{SUFFIX} and no "
            f"{asides.FOLDER}/*{SUFFIX}."
        )
    for path in voice.folder.rglob("*"):
        if not path.resolve().is_relative_to(voice.folder.resolve()):
            raise faults.fault(path, 1, "it leads out of the voice's folder")
    for path in files:
        if not path.name.endswith(SUFFIX):
            raise faults.fault(path, 1, f"a template's name ends with {SUFFIX}")
    _check_sections(voice)
    environment = environments.create(voice)
    for path in files:
        parsed = environment.parse(path.read_text(encoding="utf-8"), filename=str(path))
        _check_blocks(path, parsed, environment)
    _check_asides(voice)


def _check_sections(voice: Voice) -> None:
    """A section of the plain voice's number and another name is one that was to replace it."""
    own = folders.plain().templates("sections")
    for path in sorted((voice.folder / "sections").glob(f"[0-9]*{SUFFIX}")):
        number = path.name.partition("_")[0]
        taken = next((name for name in own if name.partition("_")[0] == number), None)
        if taken is not None and path.name != f"{taken}{SUFFIX}":
            raise faults.fault(
                path, 1, f"{taken}{SUFFIX} has the number {number}; take its name to replace it"
            )


def _check_blocks(path: Path, parsed: nodes.Template, environment: jinja2.Environment) -> None:
    """A block that the extended template does not have is printed nowhere."""
    parent = next(parsed.find_all(nodes.Extends), None)
    if parent is None or not isinstance(parent.template, nodes.Const):
        return
    name = str(parent.template.value)
    if not name.startswith(f"{PLAIN}/"):
        return
    known = environment.get_template(name).blocks
    own = list(parsed.find_all(nodes.Block))
    inner = {block.name for each in own for block in each.find_all(nodes.Block)}
    for block in own:
        if block.name not in {*known, *inner}:
            reason = f"{name} has no block {block.name!r}; {_instead(block.name, known)}"
            raise faults.fault(path, block.lineno, reason)


def _check_asides(voice: Voice) -> None:
    """A remark for a place that no template has is never made."""
    templates = (path for folder in voice.folders for path in (folder / "sections").glob(f"*{SUFFIX}"))
    places = {found for path in templates for found in _PLACE.findall(path.read_text(encoding="utf-8"))}
    for name, path in voice.templates(asides.FOLDER).items():
        if path.is_relative_to(voice.folder) and not name.startswith("_") and name not in places:
            raise faults.fault(path, 1, f"no section asks for {name!r}; {_instead(name, places)}")


def _instead(given: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(given, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}."
