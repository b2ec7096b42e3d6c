"""Which optimizer classes the targets hold, and which classes were passed over and why."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from optreview.errors import InputError
from optreview.evidence.static import unread
from optreview.evidence.static.source.classes import Lineage, abstract_methods, only_raises
from optreview.evidence.static.source.garbage import uncollected
from optreview.evidence.static.source.index import Index, is_torch_optimizer
from optreview.evidence.static.source.library import Library
from optreview.evidence.static.source.modules import ClassRef, External
from optreview.evidence.static.source.parsing import UnreadableError
from optreview.evidence.static.source.prefilter import may_define_an_optimizer
from optreview.records import Location, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.static.source.modules import Module


#: The trees of more files than this are worth being left out of every later search for garbage.
_MANY = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """An optimizer class to review.

    Attributes:
        target: Names the file that defines it and the class.
        library: The files that discovery parsed, so that reading does not parse them again.
    """

    target: Target
    location: Location
    library: Library = field(default_factory=Library, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A class, or a file when ``class_name`` is empty, that is not reviewed, and why."""

    class_name: str
    location: Location
    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A target that nothing can be found in, where the fault is, and what it is."""

    target: Target
    line: int
    column: int
    what: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """Everything found in the targets, in their order; ``broken`` is filled by ``survey`` only."""

    found: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]
    broken: tuple[Broken, ...] = ()


def discover(targets: Sequence[Target]) -> Discovery:
    """Find the optimizer classes of the targets.

    Raises:
        InputError: Nothing can be reviewed: broken source, no optimizer, or an unknown class name.
    """
    search = _Search()
    with uncollected(lasting=len(targets) > _MANY):
        for target in targets:
            search.look(target, alone=len(targets) == 1)
    if not search.found:
        raise InputError(search.nothing(targets))
    return Discovery(tuple(search.found.values()), tuple(search.skipped.values()))


def survey(targets: Sequence[Target]) -> Discovery:
    """Find the optimizer classes of the targets, whatever is wrong with some of them.

    A file without an optimizer is nothing wrong.
    """
    search = _Search(exports=False)
    broken = []
    with uncollected(lasting=len(targets) > _MANY):
        for target in targets:
            try:
                search.look(target, alone=False)
            except InputError as error:
                broken.append(Broken(target, 1, 1, str(error)))
    return Discovery(
        tuple(search.found.values()), tuple(search.skipped.values()), (*search.unreadable, *broken)
    )


class _Search:
    """Collects candidates over the targets.

    Attributes:
        exports: Look behind a lone file that only re-exports.
    """

    def __init__(self, *, exports: bool = True) -> None:
        self.exports = exports
        self.found: dict[tuple[str, str], Candidate] = {}
        self.skipped: dict[tuple[str, str], Skipped] = {}
        self.seen: list[str] = []
        self.broken: list[str] = []
        self.unreadable: list[Broken] = []
        self.library = Library()
        self._roots: set[str] = set()

    def look(self, target: Target, *, alone: bool) -> None:
        """Search one target's file."""
        self._roots.add(target.root)
        if target.class_name is None and not alone and not self._worth_parsing(Path(target.path)):
            return
        self.library.tidy()
        index = Index.of(target, self.library)
        try:
            module = index.open(target.module, Path(target.path))
        except UnreadableError as error:
            if alone:
                raise InputError(error.sentence) from None
            self.broken.append(error.sentence)
            self.unreadable.append(Broken(target, error.line, error.column, error.what))
            place = Location(file=_relative(target), line=1, column=1)
            self.skipped[target.path, ""] = Skipped("", place, error.sentence)
            return
        if target.class_name is not None:
            self._named(index, module, target, target.class_name)
        else:
            self._all(index, module, target)

    def _worth_parsing(self, path: Path) -> bool:
        try:
            data = path.read_bytes()
        except OSError:
            return True
        if b"\0" in data:
            return True
        return _ANY_CLASS.search(data) is not None and (self.exports or may_define_an_optimizer(data))

    def _all(self, index: Index, module: Module, target: Target) -> None:
        for name, node in module.classes.items():
            self.seen.append(name)
            reference = ClassRef(module, node)
            reason = _skip_reason(index, reference)
            if reason is None:
                self._add(index, reference, target)
            elif reason:
                self.skipped[target.path, name] = Skipped(name, module.location(node.name), reason)
        if self.exports and module.is_package and not self.found and len(self._roots) == 1:
            self._exported(index, module, target)

    def _exported(self, index: Index, module: Module, target: Target) -> None:
        """A file that only re-exports, such as ``__init__.py`` given by path."""
        for name in module.imports:
            found = index.resolve(module, name)
            if isinstance(found, ClassRef) and _skip_reason(index, found) is None:
                self._add(index, found, target)

    def _named(self, index: Index, module: Module, target: Target, name: str) -> None:
        found = index.resolve(module, name)
        if isinstance(found, External) and found.name == "torch.optim.Optimizer":
            message = (
                f"`{name}` is torch.optim.Optimizer, the base of all optimizers; name one of its subclasses."
            )
            raise InputError(message)
        if not isinstance(found, ClassRef):
            found = self._elsewhere(index, module, target, name)
        reason = _skip_reason(index, found)
        if reason is not None:
            why = reason or "its bases do not lead to torch.optim.Optimizer"
            message = f"`{name}` in {found.module.file} is not an optimizer that can be reviewed: {why}."
            raise InputError(message)
        self._add(index, found, target)

    def _elsewhere(self, index: Index, module: Module, target: Target, name: str) -> ClassRef:
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

    def _add(self, index: Index, reference: ClassRef, target: Target) -> None:
        module = reference.module
        path = index.path(module.file) or Path(target.path)
        key = (str(path), reference.name)
        if key in self.found:
            return
        place = msgspec.structs.replace(target, path=str(path), module=module.name, class_name=reference.name)
        self.found[key] = Candidate(place, module.location(reference.node.name), self.library)

    def nothing(self, targets: Sequence[Target]) -> str:
        """Why there is nothing to review."""
        if self.broken and not self.seen:
            return self.broken[0]
        where = (
            _relative(targets[0])
            if len(targets) == 1
            else f"`{targets[0].spec}`"
            if targets
            else "the targets"
        )
        skipped = [entry for entry in self.skipped.values() if entry.class_name]
        if skipped:
            reasons = "; ".join(f"`{entry.class_name}` ({entry.reason})" for entry in skipped[:5])
            return f"{where} holds no optimizer that can be reviewed: {reasons}."
        if not self.seen:
            return f"{where} defines no class, so there is no optimizer to review."
        names = ", ".join(f"`{name}`" for name in self.seen[:8]) + (" …" if len(self.seen) > 8 else "")
        hint = "an optimizer derives from torch.optim.Optimizer"
        return f"{where} holds no optimizer class, only {names}; {hint}."


def _skip_reason(index: Index, reference: ClassRef) -> str | None:
    """None for an optimizer to review, a sentence for a base class, the empty string for any other class."""
    if is_torch_optimizer(reference):
        return "is torch.optim.Optimizer itself"
    lineage = Lineage(index, reference)
    step = lineage.method("step")
    if not lineage.is_optimizer():
        made = [base for ref in lineage.read for base in unread.made_bases(ref)] if step is not None else []
        return f"its base `{made[0]}` is made when the program runs" if made else ""
    missing = abstract_methods(lineage)
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        return f"abstract base: has abstract method{'s' if len(missing) > 1 else ''} {names}"
    if step is not None and only_raises(step.node) and not unread.given_elsewhere(lineage, "step"):
        return "abstract: `step` only raises NotImplementedError"
    inherited = any(entry.tail != "Optimizer" for entry in lineage.unread())
    if step is None and not inherited and not unread.given_elsewhere(lineage, "step"):
        return "abstract: it has no `step`"
    return None


_ANY_CLASS = re.compile(rb"^[ \t]*class\b", re.MULTILINE)
_CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)", re.MULTILINE)


def _class_names(path: Path) -> list[str]:
    """Names that look like class definitions, without parsing."""
    try:
        return [name.decode(errors="replace") for name in _CLASS.findall(path.read_bytes())]
    except OSError:
        return []


def _dotted(path: Path, root: Path) -> str:
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _relative(target: Target) -> str:
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
