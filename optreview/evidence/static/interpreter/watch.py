"""Who has read what: where nothing changed that a stretch has read, it need not be interpreted again."""

from __future__ import annotations

import sys
from itertools import count
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from optreview.evidence.static.interpreter.values import Value

#: Stands for all keys of a store; no source writes a key so.
EVERY = "\0"
#: Containers are numbered, so that one made in the course of a call is known from one that was there before.
births = count().__next__


class Watched:
    """Something whose contents change while values refer to it.

    Attributes:
        version: How often its contents have changed.
        born: Its number; what is made later has a greater one.
    """

    __slots__ = ("born", "version")

    def __init__(self) -> None:
        self.version = 0
        self.born = births()

    def look(self) -> None:
        """Somebody is about to read the contents."""
        reads = Watch.now.reads
        if self not in reads:
            reads[self] = self.version

    def alternatives(self) -> Value:
        """Everything that it can hold."""
        raise NotImplementedError

    def touch(self, *, changed: bool) -> None:
        """Somebody writes into it; ``changed`` where it then holds something else."""
        watch = Watch.now
        watch.wrote = min(self.born, watch.wrote)
        if changed:
            self.version += 1
            watch.version += 1


#: A container, or store and key, and how often its contents had changed when they were first read.
Reads = dict[Watched | tuple[str, str], int]
_CONTAINERS = ("container", EVERY)


class Watch:
    """Notes what a stretch of interpretation reads and writes.

    Attributes:
        now: That of the interpretation which is going on. It is not handed around, as contents are read all
            over the interpreter, and a reader that did not say so would be taken for one that did not look.
        reads: What was read since the stretch began.
        wrote: The number of the oldest container into which the stretch wrote.
        version: Changes of containers so far.
        escaped: Containers that were stored so far, and may be changed from elsewhere.
    """

    now: ClassVar[Watch]
    nothing: ClassVar[int] = sys.maxsize

    def __init__(self) -> None:
        self.reads: Reads = {}
        self.wrote = Watch.nothing
        self.version = 0
        self.escaped = 0
        self._versions: dict[tuple[str, str], int] = {}

    def read(self, store: str, key: str) -> None:
        """Somebody reads a stored value."""
        place = (store, key)
        if place not in self.reads:
            self.reads[place] = self._versions.get(place, 0)

    def read_all(self) -> None:
        """Somebody reads what is not noted: any change of a container counts."""
        self.reads.setdefault(_CONTAINERS, self.version)

    def changed(self, store: str, key: str) -> None:
        """A stored value changed: who has read it would now see another."""
        for each in ((store, key), (store, EVERY)):
            self._versions[each] = self._versions.get(each, 0) + 1

    def current(self, reads: Reads) -> bool:
        """Whether reading the same again would give the same."""
        versions = self._versions
        for place, seen in reads.items():
            if isinstance(place, Watched):
                now = place.version
            elif place is _CONTAINERS:
                now = self.version
            else:
                now = versions.get(place, 0)
            if now != seen:
                return False
        return True

    def read_again(self, reads: Reads) -> None:
        """The stretch does what another one did, and so reads what that one read."""
        own = self.reads
        if own:
            for place, seen in reads.items():
                own.setdefault(place, seen)
        else:
            own.update(reads)


Watch.now = Watch()
