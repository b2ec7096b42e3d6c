"""What one interpretation carries along: budget, guards, events, and the stores that outlive a function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optreview.evidence.static.interpreter.events import Access, Event, Frame, Guard, Kind, Looked
from optreview.evidence.static.interpreter.holders import Mapping, Row, Sequence
from optreview.evidence.static.interpreter.queries import lasting
from optreview.evidence.static.interpreter.stores import Store
from optreview.evidence.static.interpreter.values import EMPTY, NONE, Const, Scalar, Tensor, Value, join, only
from optreview.evidence.static.interpreter.watch import EVERY, Watch

if TYPE_CHECKING:
    import libcst as cst

    from optreview.evidence.static.interpreter.code_values import Function
    from optreview.evidence.static.interpreter.values import Atom
    from optreview.evidence.static.source.classes import Lineage
    from optreview.evidence.static.source.index import Index
    from optreview.evidence.static.source.modules import ClassRef, Definition, Module

#: Expressions evaluated for one class before interpretation stops and says so. The largest optimizer of the
#: corpora needs about a third of it.
BUDGET = 400_000
#: Calls inlined into each other.
DEPTH = 24
#: Activations of one function at a time: recursion over a list of tensors ends within two.
RECURSION = 3


#: What happened in one call, by what tells it apart: events, and the calls that it made.
Log = dict[Any, Any]


class BudgetExhaustedError(Exception):
    """Interpretation was cut short."""


@dataclass(slots=True, eq=False)
class Scope:
    """The variables of one call.

    Attributes:
        choices: Which branch of which condition gave a variable which value.
        turn: Position in the unrolled loops around, so that each turn makes its own containers.
        allocated: Containers by the display that makes them, so that a second turn widens the first one's.
    """

    module: Module
    owner: ClassRef | None
    variables: dict[str, Value]
    enclosing: dict[str, Value] | None = None
    receiver: Value = EMPTY
    choices: dict[tuple[str, str], tuple[Value, Value]] = field(default_factory=dict)
    returned: Value = EMPTY
    turn: tuple[int, ...] = ()
    allocated: dict[Any, Any] = field(default_factory=dict)
    loops: list[list[dict[str, Value]]] = field(default_factory=list)


class Machine:
    """State shared by every part of the interpreter."""

    def __init__(self, index: Index, lineage: Lineage) -> None:
        self.index = index
        self.lineage = lineage
        self.module = lineage.subject.module
        self.events: Log = {}
        self.watch = Watch.now = Watch()
        self.accesses: dict[Access, None] = {}
        self.guards: list[Guard] = []
        self.stack: list[Frame] = []
        self.entry = ""
        self.grad = True
        self.looping = 0
        self.path: tuple[int, ...] = ()
        self.allocations: dict[tuple[int, ...], dict[Any, Any]] = {}
        self.known_guards: dict[Any, Guard] = {}
        self.constants: dict[int, Value] = {}
        #: What the names of modules stand for, and the attributes of what lies outside the package.
        self.globals: dict[tuple[Module, str], Value] = {}
        self.outside: dict[tuple[str, str], Definition | None] = {}
        self.functions: dict[object, Function] = {}
        self.outer_guards = 0
        self.spent = 0
        #: What could not be followed, and whether that leaves code that was never looked at.
        self.limits: dict[str, bool] = {}
        #: Functions of which calls were not followed, and whether none of their calls was.
        self.unfollowed: dict[str, bool] = {}
        self.reached: dict[cst.CSTNode, tuple[Module, str]] = {}
        self.attributes = Store("attribute", self.watch)
        self.state_values = Store("state", self.watch)
        self.group_values = Store("group", self.watch)
        self._stores = {
            "attribute": self.attributes,
            "state": self.state_values,
            "group": self.group_values,
        }
        self.counters: set[str] = set()
        #: Keys of the whole state under which a tensor was put.
        self.shared_tensors: set[str] = set()
        self.decays: frozenset[str] = NONE
        self._state_lists: dict[tuple[str, type], Sequence | Mapping] = {}
        self._lineages: dict[ClassRef, Lineage] = {}
        self.parameters = Sequence(None, only(Tensor("parameter")))

    # ---- stack and budget

    def tick(self) -> None:
        """Pay for one expression."""
        self.spent += 1
        if self.spent > BUDGET:
            raise BudgetExhaustedError

    def limit(self, sentence: str) -> None:
        """Note something that could not be followed."""
        self.limits.setdefault(sentence, True)

    def guarded(self, *guards: Guard) -> _Guarded:
        """Run the body under further conditions."""
        return _Guarded(self.guards, guards)

    def emit(  # noqa: PLR0913, PLR0917 - a call is all of these
        self,
        kind: Kind,
        node: cst.CSTNode,
        module: Module,
        name: str = "",
        found: tuple[Tensor, ...] = (),
        value: Value = EMPTY,
        operands: tuple[Value, ...] = (),
    ) -> None:
        """Record that something happens here, under the conditions that hold now."""
        guards = tuple(self.guards[self.outer_guards :])  # those around the call are added at the end
        key = (kind, id(node), name, found, guards, self.entry, self.grad)
        if key not in self.events:
            self.events[key] = Event(
                kind, node, module, name, found, value, guards, (), self.entry, self.grad, operands
            )

    def looked_up(self, what: Looked, name: str, node: cst.CSTNode, module: Module) -> None:
        """Record that a name is looked up."""
        self.accesses.setdefault(Access(what, name, node, module, self.entry))

    # ---- stores: joined over the whole interpretation, so that the order of methods does not matter

    def set_attribute(self, name: str, value: Value) -> None:
        """``self.name = value``."""
        self.attributes.widen(name, lasting(value))

    def set_state(self, key: str, value: Value) -> None:
        """``self.state[p][key] = value``."""
        self.state_values.widen(key, self._as_state(value, key))

    def _as_state(self, value: Value, key: str) -> Value:
        """What reading the key gives back after this value was stored under it."""
        stored: set[Atom] = set()
        for atom in value:
            if isinstance(atom, Tensor):
                stored.add(Tensor("state", key, atom.size, host=atom.host))
            elif isinstance(atom, Sequence | Mapping):
                stored.add(self._state_list(atom, key))
            elif isinstance(atom, Const):
                stored.add(atom if atom.value is None else Scalar(NONE, frozenset({"state"})))
            elif isinstance(atom, Scalar):
                stored.add(Scalar(NONE, frozenset({"state"}) | (atom.traits & {"unknown", "shape"})))
            else:
                stored.add(atom)
        return frozenset(stored)

    def _state_list(self, atom: Sequence | Mapping, key: str) -> Sequence | Mapping:
        """One list for each key that holds lists: its elements belong to the state."""
        kind = type(atom)
        held = self._state_lists.setdefault(
            (key, kind), Mapping(key=key) if kind is Mapping else Sequence(None, key=key)
        )
        if atom.key != key:
            atom.key = key
            self.watch.changed("keys", EVERY)
        if held is not atom:
            inner = self._as_state(atom.element(), key)
            held.take(frozenset(part for part in inner if part is not held))
        return held

    def get_state(self, key: str) -> Value:
        """``self.state[p][key]``; a key never seen written is taken for a tensor."""
        known = self.state_values.get(key)
        if known is None and "*" not in key:
            known = next((value for name, value in self.state_values.items() if _matches(name, key)), None)
        return known or only(Tensor("state", key, "unknown"))

    def set_group(self, key: str, value: Value, *, default: bool) -> None:
        """``group[key] = value``, or the default that the constructor hands to every group."""
        if not default and key not in self.counters:
            self.counters.add(key)
            self.watch.changed("group", key)
        self.group_values.widen(key, lasting(value))

    def get_group(self, key: str) -> Value:
        """``group[key]``: what the constructor or the step put there, tagged with the key's name."""
        if key == "params":
            self.group_values.get(key)  # noted as read
            return only(self.parameters)
        known = self.group_values.get(key)
        if key in self.counters:
            return join(known or EMPTY, only(Scalar(traits=frozenset({"counter"}))))
        if known is None:
            return only(Scalar(frozenset({key})))
        return known

    # ---- mutation of abstract containers

    def append(self, target: Sequence, value: Value, site: cst.CSTNode | None = None) -> None:
        """Add an element: outside of loops at an index of its own, else at an unknown one."""
        if isinstance(target, Row):
            return
        value = self._as_kept(target, value)
        if site is None or self.looping != target.depth or not target.append(value, (id(site), self.path)):
            target.take(value)

    def put(self, target: Mapping, key: Value, value: Value) -> None:
        """Assign under a key."""
        names = [atom.value for atom in key if isinstance(atom, Const)]
        value = self._as_kept(target, value)
        if len(names) != len(key):
            target.take(value)
        for name in names:
            target.widen(name, value)

    def _as_kept(self, target: Sequence | Mapping, value: Value) -> Value:
        """A value as the container keeps it: what a list in the state holds is state."""
        self.watch.read("keys", EVERY)
        return value if target.key is None else self._as_state(value, target.key)


class _Guarded:
    """A stretch under further conditions."""

    __slots__ = ("depth", "guards", "held")

    def __init__(self, held: list[Guard], guards: tuple[Guard, ...]) -> None:
        self.held, self.guards, self.depth = held, guards, len(held)

    def __enter__(self) -> None:
        self.held.extend(self.guards)

    def __exit__(self, *details: object) -> None:
        del self.held[self.depth :]


def _matches(pattern: str, key: str) -> bool:
    if "*" not in pattern:
        return False
    head, _, tail = pattern.partition("*")
    return key.startswith(head) and key.endswith(tail.rpartition("*")[2])
