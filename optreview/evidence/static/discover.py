"""Which optimizer classes the targets hold, and which classes were passed over and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optreview.errors import InputError
from optreview.evidence.static.look import Broken, Looked, Sighting, Skipped, exported, look, relative
from optreview.evidence.static.source.library import Library
from optreview.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from optreview.records import Location, Target


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
class Discovery:
    """Everything found in the targets, in their order; ``broken`` is filled by ``survey`` only."""

    found: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]
    broken: tuple[Broken, ...] = ()


def discover(targets: Sequence[Target], looks: Callable[[], Iterable[Looked]] | None = None) -> Discovery:
    """Find the optimizer classes of the targets.

    Args:
        targets: Where to look.
        looks: Looks at each target, in their order; for who does that elsewhere.

    Raises:
        InputError: Nothing can be reviewed: broken source, no optimizer, or an unknown class name.
    """
    search = _Search(targets)
    with uncollected(lasting=len(targets) > _MANY):
        for target, looked in zip(targets, looks() if looks else search.looks(), strict=True):
            if looked.refused is not None:
                raise InputError(looked.refused)
            search.take(target, looked)
            search.behind(target, looked)
        if not search.found:  # only then it matters what the other classes are
            for target, looked in zip(targets, search.looks(every=True), strict=True):
                search.take(target, looked)
    if not search.found:
        raise InputError(search.nothing())
    return search.discovery()


def survey(targets: Sequence[Target], looks: Callable[[], Iterable[Looked]] | None = None) -> Discovery:
    """Find the optimizer classes of the targets, whatever is wrong with some of them.

    A file without an optimizer is nothing wrong.
    """
    search = _Search(targets, whole=False)
    with uncollected(lasting=len(targets) > _MANY):
        for target, looked in zip(targets, looks() if looks else search.looks(), strict=True):
            if looked.refused is not None:
                search.refused.append(Broken(target=target, what=looked.refused))
            search.take(target, looked)
    return search.discovery()


class _Search:
    """Collects over the targets what looking at each of them shows.

    Attributes:
        whole: Say everything about a target that is alone.
    """

    def __init__(self, targets: Sequence[Target], *, whole: bool = True) -> None:
        self.targets = targets
        self.alone = whole and len(targets) == 1
        self.library = Library()
        self.found: dict[tuple[str, str | None], Candidate] = {}
        self.refused: list[Broken] = []
        self._skipped: dict[tuple[str, str], Skipped] = {}
        self._seen: dict[tuple[str, str], None] = {}
        self._broken: dict[str, Broken] = {}
        self._roots: set[str] = set()

    def looks(self, *, every: bool = False) -> Iterable[Looked]:
        """Look at one target after the other."""
        return (look(target, self.library, alone=self.alone, every=every) for target in self.targets)

    def take(self, target: Target, looked: Looked) -> None:
        """Note what a target shows; a class that two of them lead to counts once."""
        self._add(looked.found)
        self._skipped.update({(target.path, each.class_name): each for each in looked.skipped})
        self._seen.update({(target.path, name): None for name in looked.seen})
        if looked.broken is not None:
            self._broken.setdefault(target.path, looked.broken)

    def behind(self, target: Target, looked: Looked) -> None:
        """Look behind a file that only re-exports."""
        self._roots.add(target.root)
        if looked.package and not self.found and len(self._roots) == 1:
            self._add(exported(target, self.library))

    def _add(self, sightings: Iterable[Sighting]) -> None:
        for each in sightings:
            key = (each.target.path, each.target.class_name)
            self.found.setdefault(key, Candidate(each.target, each.location, self.library))

    def discovery(self) -> Discovery:
        """All of it."""
        return Discovery(
            tuple(self.found.values()),
            tuple(self._skipped.values()),
            (*self._broken.values(), *self.refused),
        )

    def nothing(self) -> str:
        """Why there is nothing to review."""
        unreadable = [each.reason for each in self._skipped.values() if not each.class_name]
        if unreadable and not self._seen:
            return unreadable[0]
        targets = self.targets
        where = (
            relative(targets[0])
            if len(targets) == 1
            else f"`{targets[0].spec}`"
            if targets
            else "the targets"
        )
        skipped = [entry for entry in self._skipped.values() if entry.class_name]
        if skipped:
            reasons = "; ".join(f"`{entry.class_name}` ({entry.reason})" for entry in skipped[:5])
            return f"{where} holds no optimizer that can be reviewed: {reasons}."
        seen = [name for _, name in self._seen]
        if not seen:
            return f"{where} defines no class, so there is no optimizer to review."
        names = ", ".join(f"`{name}`" for name in seen[:8]) + (" …" if len(seen) > 8 else "")
        hint = "an optimizer derives from torch.optim.Optimizer"
        return f"{where} holds no optimizer class, only {names}; {hint}."
