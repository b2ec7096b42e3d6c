"""Everything learnt about one class: what facts are distilled from and rules look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from typing import TYPE_CHECKING

from optreview.evidence.static import unread
from optreview.evidence.static.interpreter.interpreter import Interpreter
from optreview.evidence.static.interpreter.values import Scalar, only
from optreview.evidence.static.source import docstrings, signature

if TYPE_CHECKING:
    import libcst as cst

    from optreview.evidence.static.interpreter.events import Access, Event, Looked
    from optreview.evidence.static.interpreter.values import Value
    from optreview.evidence.static.source.classes import Lineage
    from optreview.evidence.static.source.docstrings import Documentation
    from optreview.evidence.static.source.index import Index
    from optreview.evidence.static.source.modules import Module
    from optreview.evidence.static.source.signature import Signature


@dataclass(frozen=True, eq=False)
class Reading:
    """One class, read.

    Attributes:
        events: What happens when constructor, step and the class's own methods run.
        accesses: State keys, group keys and attributes that are looked up, in order.
        reached: Functions of the package that ``step`` reaches, itself first.
        groups: Keys that the constructor hands to every parameter group, with their values.
        counters: Group keys that the step itself writes.
        limits: What could not be followed or was not read, in sentences.
        interrupted: Those of them that say what interpreting the methods that were read left out.
        hidden: Whether there is code that was not looked at, so that what was not seen may be there.
    """

    index: Index
    lineage: Lineage
    signature: Signature
    documentation: Documentation
    events: tuple[Event, ...]
    accesses: tuple[Access, ...]
    reached: dict[cst.CSTNode, tuple[Module, str]]
    groups: dict[str, Value]
    counters: frozenset[str]
    limits: tuple[str, ...]
    interrupted: tuple[str, ...] = ()
    hidden: bool = False

    def of(self, *kinds: str, entry: str | None = None) -> tuple[Event, ...]:
        """The events of these kinds, optionally only those of one entry."""
        indexed = [self._by_kind.get((kind, entry), []) for kind in kinds]
        return tuple(self.events[position] for position in (merge(*indexed) if indexed[1:] else indexed[0]))

    @cached_property
    def _by_kind(self) -> dict[tuple[str, str | None], list[int]]:
        """Positions of the events by their kind, of all entries (None) and of each."""
        found: dict[tuple[str, str | None], list[int]] = {}
        for position, event in enumerate(self.events):
            found.setdefault((event.kind, None), []).append(position)
            found.setdefault((event.kind, event.entry), []).append(position)
        return found

    @cached_property
    def chosen(self) -> frozenset[int]:
        """Ids of the frames whose call leads to one of several functions: which of them runs is an option."""
        frames = {id(frame): frame for event in self.events for frame in event.stack[1:]}
        callees: dict[int, set[int]] = {}
        for frame in frames.values():
            callees.setdefault(id(frame.site), set()).add(id(frame.node))
        return frozenset(key for key, frame in frames.items() if len(callees[id(frame.site)]) > 1)

    def in_step(self, *kinds: str) -> tuple[Event, ...]:
        """The events of these kinds that running ``step`` causes."""
        return self.of(*kinds, entry="step")

    def names(self, what: Looked, entry: str | None = None) -> frozenset[str]:
        """The names that are looked up, optionally only while one entry runs."""
        return frozenset(
            access.name
            for access in self.accesses
            if access.what == what and (entry is None or access.entry == entry)
        )

    def carried(self) -> frozenset[str]:
        """Attributes of ``self`` whose first use in ``step`` is a read: what they hold was there before."""
        first: dict[str, str] = {}
        for access in self.accesses:
            if access.entry == "step" and access.what in {"attribute", "attribute_write"}:
                first.setdefault(access.name, access.what)
        return frozenset(name for name, what in first.items() if what == "attribute")

    def own(self, event: Event) -> bool:
        """Whether an event stands in the module that defines the class."""
        return event.module is self.lineage.subject.module


def read(index: Index, lineage: Lineage) -> Reading:
    """Read a class: signature, docstrings, then one interpretation of its methods."""
    declared = signature.read(index, lineage)
    constructor = declared.constructor.owner if declared.constructor is not None else None
    documentation = docstrings.read(index, lineage.subject, constructor)
    interpreter = Interpreter(index, lineage)
    interpreter.run({entry.name: only(Scalar(frozenset({entry.name}))) for entry in declared.parameters})
    reached = interpreter.step_reached
    missing = unread.unread(index, lineage, [(module, node) for node, (module, _) in reached.items()])
    interrupted = tuple(interpreter.limits)
    return Reading(
        index=index,
        lineage=lineage,
        signature=declared,
        documentation=documentation,
        events=tuple(interpreter.events.values()),
        accesses=tuple(interpreter.accesses),
        reached=reached,
        groups=dict(interpreter.group_values),
        counters=frozenset(interpreter.counters),
        limits=(*interrupted, *missing),
        interrupted=interrupted,
        hidden=bool(missing) or any(interpreter.limits.values()),
    )
