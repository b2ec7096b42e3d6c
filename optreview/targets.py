"""What the user named, resolved to files without importing or running anything."""

from __future__ import annotations

import difflib
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.errors import InputError
from optreview.records import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Folders that hold no optimizer anyone would review.
_SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "benchmarks",
        "build",
        "dist",
        "doc",
        "docs",
        "env",
        "node_modules",
        "site-packages",
        "test",
        "testing",
        "tests",
        "venv",
    }
)
_PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


def resolve(spec: str, places: Sequence[str] = ()) -> tuple[Target, ...]:
    """Resolve ``path.py``, ``path.py:Class``, ``package.module:Class``, a package, a module or a folder.

    ``places`` are folders in which modules are looked for first.

    Raises:
        InputError: Nothing readable is there; the sentence says what to do.
    """
    if spec.endswith(".py") and Path(spec).is_file():  # whatever its name holds
        return _from_path(spec, Path(spec), None)
    place, separator, class_name = spec.strip().rpartition(":")
    if not separator:
        place, class_name = spec.strip(), ""
    if not place:
        message = (
            f"The target {spec!r} names no file or module; write path/to/file.py or package.module:Class."
        )
        raise InputError(message)
    if separator and not class_name.isidentifier():
        message = f"The target {spec!r} has no class name after the colon; write {place}:Class or {place}."
        raise InputError(message)
    wanted = class_name or None
    if _looks_like_path(place):
        return _from_path(spec, Path(place).expanduser(), wanted)
    return _from_module(spec, place, wanted, places)


def _looks_like_path(place: str) -> bool:
    if "/" in place or "\\" in place or place.endswith(".py") or place.startswith((".", "~")):
        return True
    path = Path(place)
    if (
        path.is_dir()
    ):  # a folder in the way of an installed package of the same name counts only if it holds source
        return not place.isidentifier() or next(_sources(path), None) is not None
    return path.is_file()


# ---- paths


def _from_path(spec: str, path: Path, wanted: str | None) -> tuple[Target, ...]:
    if not path.exists():
        message = f"There is no file or folder {path}{_close_names(path)}"
        raise InputError(message)
    path = path.resolve()
    if path.is_dir():
        return _from_folder(spec, path, wanted)
    if path.suffix != ".py":
        message = f"{path.name} is not a Python source file; name a .py file, a folder or a module."
        raise InputError(message)
    _readable(path)
    return (_target(spec, path, wanted),)


def _from_folder(spec: str, folder: Path, wanted: str | None) -> tuple[Target, ...]:
    initial = folder / "__init__.py"
    if wanted is not None:
        if initial.is_file():
            return (_target(spec, initial, wanted),)
        message = f"{folder.name} is a folder of loose files; name one, as in {folder.name}/file.py:{wanted}."
        raise InputError(message)
    files = list(_sources(folder))
    if not files:
        message = f"The folder {folder.name} holds no Python source; name a .py file or a package."
        raise InputError(message)
    return tuple(_target(spec, file, None) for file in files)


def _sources(folder: Path) -> Iterator[Path]:
    """The Python files below a folder in sorted order, without tests, caches and environments."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            if not _irrelevant(entry) and not entry.is_symlink():
                yield from _sources(entry)
        elif (
            entry.suffix == ".py"
            and not entry.name.startswith((".", "test_"))
            and entry.name != "conftest.py"
        ):
            yield entry


def _irrelevant(folder: Path) -> bool:
    name = folder.name
    return name.startswith(".") or name in _SKIPPED_FOLDERS or (folder / "pyvenv.cfg").exists()


def _readable(path: Path) -> None:
    if not path.is_file():  # a pipe, which nothing may ever write to
        message = f"{path.name} cannot be read: it is not a regular file."
        raise InputError(message)
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        message = f"{path.name} cannot be read: {(error.strerror or str(error)).lower()}."
        raise InputError(message) from None


def _target(spec: str, path: Path, wanted: str | None) -> Target:
    """Place a file in its package by walking up the ``__init__.py`` files."""
    top = path.parent
    parts = [] if path.name == "__init__.py" else [path.stem]
    while (top / "__init__.py").is_file() and top != top.parent and top.name.isidentifier():
        parts.insert(0, top.name)
        top = top.parent
    module = ".".join(parts) or path.stem
    lone = top == path.parent
    return Target(
        spec=spec,
        path=str(path),
        root=str(top),
        module=module,
        package=module.partition(".")[0],
        lone=lone,
        class_name=wanted,
        search_path=_project(top),
    )


def _project(root: Path) -> tuple[str, ...]:
    """The nearest folder above that is a project, for absolute imports that start there."""
    if root.name in {"site-packages", "dist-packages"}:
        return ()
    for folder in (root, *root.parents):
        if any((folder / mark).exists() for mark in _PROJECT_MARKS):
            places = [folder, folder / "src"]
            return tuple(str(place) for place in places if place != root and place.is_dir())
    return ()


def _close_names(path: Path) -> str:
    parent = path.parent
    names = [entry.name for entry in parent.iterdir()] if parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(str(parent / name) for name in close)}?"
    return "; check the spelling and the folder you are in."


# ---- modules


def _from_module(
    spec: str, dotted: str, wanted: str | None, places: Sequence[str] = ()
) -> tuple[Target, ...]:
    parts = dotted.split(".")
    if not all(part.isidentifier() for part in parts):
        message = (
            f"{dotted!r} is neither a file nor a module name; write path/to/file.py or package.module:Class."
        )
        raise InputError(message)
    origin, folders = _find(dotted, parts, places)
    if wanted is None and folders:
        files = [file for folder in folders for file in _sources(Path(folder))]
        if not files:
            message = f"The package {dotted} holds no Python source; name another package or a .py file."
            raise InputError(message)
        return tuple(_module_target(spec, file, _inside(file, folders, dotted), None) for file in files)
    if origin is None:
        message = f"{dotted} is a folder of packages without source of its own; name a module in it."
        raise InputError(message)
    _readable(origin)
    return (_module_target(spec, origin, dotted, wanted),)


def _inside(file: Path, folders: Sequence[str], dotted: str) -> str:
    """The dotted name of a file below a package's folder."""
    for folder in folders:
        if file.is_relative_to(folder):
            parts = list(file.relative_to(folder).with_suffix("").parts)
            return ".".join([dotted, *(parts[:-1] if parts[-1] == "__init__" else parts)])
    return dotted


def _module_target(spec: str, path: Path, module: str, wanted: str | None) -> Target:
    levels = module.count(".") + (1 if path.name == "__init__.py" else 0)
    root = path.parents[levels]
    return Target(
        spec=spec,
        path=str(path),
        root=str(root),
        module=module,
        package=module.partition(".")[0],
        lone="." not in module and path.name != "__init__.py",
        class_name=wanted,
        search_path=_project(root),
    )


def _find(
    dotted: str, parts: Sequence[str], places: Sequence[str] = ()
) -> tuple[Path | None, tuple[str, ...]]:
    """Source file and package folders of a module, found one component after the other, importing none."""
    search = [*places, str(Path.cwd()), *(entry or str(Path.cwd()) for entry in sys.path)]
    for position, part in enumerate(parts):
        name = ".".join(parts[: position + 1])
        try:
            found = PathFinder.find_spec(part, search)  # a dotted name asks for parents that were imported
        except (ImportError, OSError, ValueError):
            found = None
        if found is None:
            raise InputError(_unknown(dotted, name, part, search, first=position == 0))
        folders = tuple(found.submodule_search_locations or ())
        if position == len(parts) - 1:
            return _source_of(dotted, found.origin), tuple(str(Path(folder).resolve()) for folder in folders)
        if not folders:
            message = f"{name} is a module, not a package; write {name}:Class for a class in it."
            raise InputError(message)
        search = list(folders)
    return None, ()


def _source_of(dotted: str, origin: str | None) -> Path | None:
    if origin is None:
        return None
    path = Path(origin).resolve()
    if path.suffix != ".py":
        message = f"{dotted} is a compiled module without Python source; name a module written in Python."
        raise InputError(message)
    return path


def _unknown(dotted: str, name: str, part: str, search: Sequence[str], *, first: bool) -> str:
    names = {entry.stem for folder in search for entry in _entries(folder)}
    close = difflib.get_close_matches(part, sorted(names), n=1, cutoff=0.7)
    hint = f"did you mean {'.'.join([*name.split('.')[:-1], close[0]])}?" if close else ""
    if first:
        hint = hint or "install its package, or name the file by its path."
        return f"There is no module {dotted} to be found; {hint}"
    hint = hint or "name a module of the package, or a file."
    return f"{name.rpartition('.')[0]} has no module {part}; {hint}"


def _entries(folder: str) -> list[Path]:
    try:
        return [
            entry
            for entry in Path(folder).iterdir()
            if entry.suffix == ".py" or (entry.is_dir() and entry.name.isidentifier())
        ]
    except OSError:
        return []
