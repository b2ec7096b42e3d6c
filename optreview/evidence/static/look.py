"""Which optimizer classes one target's file holds, and which of its classes were passed over and why."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from optreview import targets
from optreview.errors import InputError
from optreview.evidence.static import unread
from optreview.evidence.static.source.classes import Lineage, abstract_methods, only_raises, takes_defaults
from optreview.evidence.static.source.files import contents
from optreview.evidence.static.source.index import Index, is_torch_optimizer
from optreview.evidence.static.source.modules import ClassRef, External
from optreview.evidence.static.source.parsing import UnreadableError
from optreview.evidence.static.source.prefilter import may_define_an_optimizer
from optreview.records import Location, Target
from optreview.records.common import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.evidence.static.source.library import Library
    from optreview.evidence.static.source.modules import Module


#: A name that is passed on by more packages than this goes round in a circle.
_HOPS = 4


class Sighting(Record, frozen=True, kw_only=True):
    """An optimizer class; ``target`` names the file that defines it and the class."""

    target: Target
    location: Location


class Skipped(Record, frozen=True, kw_only=True):
    """A class, or a file when ``class_name`` is empty, that is not reviewed, and why."""

    class_name: str
    location: Location
    reason: str


class Broken(Record, frozen=True, kw_only=True):
    """A target that nothing can be found in, where the fault is, and what it is."""

    target: Target
    line: int = 1
    column: int = 1
    what: str


class Looked(Record, frozen=True, kw_only=True):
    """What one target shows.

    Attributes:
        seen: The names of all classes in the file, optimizers or not.
        broken: The file is no readable source.
        refused: Why nothing of the target can be reviewed, when that is the user's to mend.
        package: The file is an ``__init__.py``, which may pass on what other files define.
    """

    found: tuple[Sighting, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    seen: tuple[str, ...] = ()
    broken: Broken | None = None
    refused: str | None = None
    package: bool = False


def look(target: Target, library: Library, *, alone: bool, every: bool, hops: int = _HOPS) -> Looked:
    """Search one target's file.

    Args:
        target: What to look at.
        library: Where files are parsed.
        alone: It is all that was asked for, so that everything about it is worth saying.
        every: Also parse a file whose classes are no optimizers by their names, to tell what they are.
        hops: Into so many further packages a name is followed.
    """
    if target.class_name is None and not alone and not _worth_parsing(Path(target.path), every=every):
        return Looked()
    library.tidy()
    index = Index.of(target, library)
    try:
        module = index.open(target.module, Path(target.path))
    except UnreadableError as error:
        return Looked(refused=error.sentence) if alone else unreadable(target, error)
    if target.class_name is None:
        return _all(index, module, target)
    try:
        place = _passed_on(index, module, target, target.class_name) if hops else None
        if place is not None:
            return look(place, library, alone=alone, every=every, hops=hops - 1)
        return Looked(found=(_sighting(index, _named(index, module, target, target.class_name), target),))
    except InputError as error:
        return Looked(refused=str(error))


def _passed_on(index: Index, module: Module, target: Target, name: str) -> Target | None:
    """The other package that a class of a file comes from; None where it is not imported from one.

    Raises:
        InputError: Its source is not to be found.
    """
    found = index.resolve(module, name)
    dotted = found.name if isinstance(found, External) else ""
    place, _, wanted = dotted.rpartition(".")
    if not place or place.partition(".")[0] == target.package or wanted == "Optimizer":
        return None
    told = f"`{name}` of {module.file} is imported from `{place}`"
    try:
        others = targets.resolve(f"{place}:{wanted}", (target.root,))
    except InputError as error:
        message = f"{told}, which cannot be read: {error}"
        raise InputError(message) from None
    return msgspec.structs.replace(others[0], spec=target.spec)


def exported(target: Target, library: Library) -> Iterator[Sighting]:
    """The optimizers that a file only passes on, such as an ``__init__.py`` given by path."""
    index = Index.of(target, library)
    module = index.open(target.module, Path(target.path))
    for name in module.imports:
        found = index.resolve(module, name)
        if isinstance(found, ClassRef) and _skip_reason(index, found) is None:
            yield _sighting(index, found, target)


def unreadable(target: Target, error: UnreadableError) -> Looked:
    """A file that cannot be read, among others that can."""
    place = Location(file=relative(target), line=1, column=1)
    return Looked(
        skipped=(Skipped(class_name="", location=place, reason=error.sentence),),
        broken=Broken(target=target, line=error.line, column=error.column, what=error.what),
    )


def _worth_parsing(path: Path, *, every: bool) -> bool:
    try:
        data = contents(path)
    except OSError:
        return True
    if b"\0" in data:
        return True
    return has_class(data) and (every or path.name == "__init__.py" or may_define_an_optimizer(data))


def has_class(data: bytes) -> bool:
    """Whether a file has a line that looks like a class definition."""
    return _ANY_CLASS.search(data) is not None


def _all(index: Index, module: Module, target: Target) -> Looked:
    found, skipped = [], []
    for name, node in module.classes.items():
        reference = ClassRef(module, node)
        reason = _skip_reason(index, reference)
        if reason is None:
            found.append(_sighting(index, reference, target))
        elif reason:
            skipped.append(Skipped(class_name=name, location=module.location(node.name), reason=reason))
    return Looked(
        found=tuple(found), skipped=tuple(skipped), seen=tuple(module.classes), package=module.is_package
    )


def _named(index: Index, module: Module, target: Target, name: str) -> ClassRef:
    found = index.resolve(module, name)
    if isinstance(found, External) and found.name == "torch.optim.Optimizer":
        message = (
            f"`{name}` is torch.optim.Optimizer, the base of all optimizers; name one of its subclasses."
        )
        raise InputError(message)
    if not isinstance(found, ClassRef):
        found = _elsewhere(index, module, target, name)
    reason = _skip_reason(index, found)
    if reason is not None:
        why = reason or "its bases do not lead to torch.optim.Optimizer"
        message = f"`{name}` in {found.module.file} is not an optimizer that can be reviewed: {why}."
        raise InputError(message)
    return found


def _elsewhere(index: Index, module: Module, target: Target, name: str) -> ClassRef:
    """The class of that name in another file of the package."""
    if not module.is_package:
        message = f"{module.file} has no class `{name}`.{_suggestion(name, list(module.classes))}"
        raise InputError(message)
    folder = Path(target.path).parent
    matches: list[ClassRef] = []
    names: dict[str, None] = dict.fromkeys(module.classes)
    for path in sorted(folder.rglob("*.py")):
        declared = _class_names(path)
        names.update(dict.fromkeys(declared))
        if name in declared:
            dotted = _dotted(path, Path(target.root))
            other = index.load(dotted)
            if other is not None and name in other.classes:
                matches.append(ClassRef(other, other.classes[name]))
    optimizers = [match for match in matches if _skip_reason(index, match) is None] or matches
    if not optimizers:
        message = f"The package `{target.module}` has no class `{name}`.{_suggestion(name, list(names))}"
        raise InputError(message)
    if len(optimizers) > 1:
        choices = ", ".join(f"`{match.module.name}:{name}`" for match in optimizers)
        message = f"`{name}` is defined more than once in `{target.module}`; name one of {choices}."
        raise InputError(message)
    return optimizers[0]


def _sighting(index: Index, reference: ClassRef, target: Target) -> Sighting:
    module = reference.module
    path = index.path(module.file) or Path(target.path)
    place = msgspec.structs.replace(target, path=str(path), module=module.name, class_name=reference.name)
    return Sighting(target=place, location=module.location(reference.node.name))


def _skip_reason(index: Index, reference: ClassRef) -> str | None:
    """None for an optimizer to review, a sentence for a base class, the empty string for any other class."""
    if is_torch_optimizer(reference):
        return "is torch.optim.Optimizer itself"
    lineage = Lineage(index, reference)
    step = lineage.method("step")
    if not lineage.is_optimizer():
        made = [base for ref in lineage.read for base in unread.made_bases(ref)] if step is not None else []
        return f"its base `{made[0]}` is made when the program runs" if made else ""
    return _base_reason(lineage)


def _base_reason(lineage: Lineage) -> str | None:
    """What makes an optimizer a base of others."""
    step = lineage.method("step")
    missing = abstract_methods(lineage)
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        return f"abstract base: has abstract method{'s' if len(missing) > 1 else ''} {names}"
    if step is not None and only_raises(step.node) and not unread.given_elsewhere(lineage, "step"):
        if lineage.method("fused_backward") is not None:
            return "`step` only raises: it steps in the backward pass (`fused_backward`), which is not driven"
        return "abstract: `step` only raises NotImplementedError"
    if takes_defaults(lineage):
        return "abstract base: its constructor takes the `defaults` of a subclass"
    inherited = any(entry.tail != "Optimizer" for entry in lineage.unread())
    if step is None and not inherited and not unread.given_elsewhere(lineage, "step"):
        return "abstract: it has no `step`"
    return None


_ANY_CLASS = re.compile(rb"(?:^|[\r\f])[ \t]*class\b", re.MULTILINE)
_CLASS = re.compile(rb"(?:^|[\r\f])[ \t]*class[ \t]+(\w+)", re.MULTILINE)


def _class_names(path: Path) -> list[str]:
    """Names that look like class definitions, without parsing."""
    try:
        return [name.decode(errors="replace") for name in _CLASS.findall(contents(path))]
    except OSError:
        return []


def _dotted(path: Path, root: Path) -> str:
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def relative(target: Target) -> str:
    """A target's file as records name it."""
    path, root = Path(target.path), Path(target.root)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _suggestion(name: str, known: Sequence[str]) -> str:
    lowered = {entry.lower(): entry for entry in known}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.5)
    if close:
        return f" Did you mean `{lowered[close[0]]}`?"
    if known:
        return (
            " It has " + ", ".join(f"`{entry}`" for entry in known[:8]) + (" …." if len(known) > 8 else ".")
        )
    return ""
