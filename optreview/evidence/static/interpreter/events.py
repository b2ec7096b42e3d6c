"""What happened while a class was interpreted: plain records, in order, for facts and rules to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import libcst as cst

from optreview.evidence.static.interpreter.negation import negated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optreview.evidence.static.interpreter.values import Names, Tensor, Value
    from optreview.evidence.static.source.modules import Module
    from optreview.records import Location

Kind = Literal[
    "write",  # a key of ``self.state[p]`` is assigned
    "global_write",  # a key of ``self.state`` that is no parameter is assigned
    "in_place",  # a tensor is written into
    "data",  # ``.data`` of a tensor is used
    "raise",  # an exception is raised
    "sync",  # a tensor's value is read into Python
    "overload",  # a deprecated order of arguments is used
    "sparse",  # ``is_sparse`` is asked, or a sparse-only method called
    "call",  # a function outside the package is called
    "closure",  # the closure is called
    "option",  # an attribute of ``self`` that holds a hyperparameter is read
    "attribute",  # an attribute of ``self`` is assigned
    "super",  # ``super(Class, self)``
    "return",  # a function returns
    "gradient",  # ``.grad`` of a parameter is read
    "none_check",  # a gradient is compared with None
    "scalar_tensor",  # a tensor is passed where a number is expected, as ``alpha=`` or ``value=``
    "convert",  # a tensor is converted to a dtype or moved to a device
    "complex",  # complex numbers are asked for or taken apart
    "base_constructor",  # the constructor of a base outside the package runs
    "print",  # something is printed
    "allocate",  # an operation makes a new tensor of the parameter's size
    "correction",  # one minus a hyperparameter to the power of a step counter
]

#: What is looked up by name, without the conditions under which it is.
Looked = Literal["state", "group", "attribute", "attribute_write"]


@dataclass(frozen=True, slots=True)
class Access:
    """A state key, a group key or an attribute of ``self`` is looked up; ``*`` stands for an unknown key."""

    what: Looked
    name: str
    node: cst.CSTNode
    module: Module
    entry: str

    def __hash__(self) -> int:
        return hash((self.what, self.name, id(self.node), self.entry))


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """A condition that holds where an event happens.

    Attributes:
        node: The tested expression.
        positive: Whether it holds as written or is negated.
        names: Hyperparameters and group keys it reads.
        traits: What else it reads.
        choices: ``name in (…)`` seen in the test: the name and the choices' source texts.
    """

    node: cst.BaseExpression
    module: Module
    positive: bool
    names: Names
    traits: Names
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def text(self) -> str:
        """The condition as source text, negated where it must not hold."""
        return self.module.text(self.node) if self.positive else negated(self.module, self.node)

    @property
    def affirms(self) -> bool:
        """Whether it holds where the answer is yes: what ``assert not grad.is_sparse`` raises in, does."""
        test, positive = self.node, self.positive
        while isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            test, positive = test.expression, not positive
        return positive

    @property
    def routine(self) -> bool:
        """True for tests that every optimizer makes and that choose nothing: is there a gradient, a state."""
        return not self.names and not (self.traits - _ROUTINE)


#: So many conditions of one place are spelt out; a sentence with more says nothing.
_NAMED = 3
#: So many characters of a condition are read at one glance.
_SHORT = 48
_ROUTINE = frozenset(
    {
        "gradient",
        "state",
        "param_state",
        "sparse",
        "complex",
        "closure",
        "group",
        "groups",
        "counter",
        "counted",
        "none",
        "requires_grad",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A function being interpreted: which, and where its caller called it."""

    module: Module
    name: str
    node: cst.CSTNode
    site: cst.CSTNode | None
    site_module: Module | None
    is_constructor: bool


@dataclass(slots=True, eq=False)  # frozen, it would take three times as long to make, and most are made
class Event:
    """One thing that happens at one place; nobody changes it.

    Attributes:
        name: State key, attribute, method or function name, depending on the kind.
        tensors: The tensors involved.
        value: The value written.
        guards: Conditions under which it happens, outermost first.
        stack: Functions being executed, the entry first.
        entry: Name of the method that interpretation entered.
        grad: Whether autograd records here.
        operands: The arguments of a tensor operation, without the receiver.
    """

    kind: Kind
    node: cst.CSTNode
    module: Module
    name: str
    tensors: tuple[Tensor, ...]
    value: Value
    guards: tuple[Guard, ...]
    stack: tuple[Frame, ...]
    entry: str
    grad: bool
    operands: tuple[Value, ...] = ()

    @property
    def location(self) -> Location:
        """Where it happens."""
        return self.module.location(self.node)

    @property
    def condition(self) -> str:
        """`` when `a` and `b```: the conditions that choose, in the words of the source, or nothing.

        Where they are many, only those that a user sets are named.
        """
        every = [guard for guard in self.guards if not guard.routine]
        chosen = _agreeing(every)
        tests = dict.fromkeys(f"`{guard.text}`" for guard in chosen)
        if not every:
            return ""
        short = [test for test in tests if len(test) <= _SHORT]
        if 0 < len(tests) <= _NAMED and len(short) == len(tests) and len(chosen) == len(every):
            return f" when {' and '.join(tests)}"
        named = dict.fromkeys(f"`{guard.text}`" for guard in chosen if guard.names)
        options = [test for test in named if test in short][:_NAMED]
        return f" when {' and '.join(options)} and other conditions hold" if options else " on some paths"

    def inside(self, guards: tuple[Guard, ...], stack: tuple[Frame, ...]) -> Event:
        """The same with all conditions and functions around it; ``replace`` takes three times as long."""
        return Event(
            self.kind,
            self.node,
            self.module,
            self.name,
            self.tensors,
            self.value,
            guards,
            stack,
            self.entry,
            self.grad,
            self.operands,
        )

    @property
    def certain(self) -> bool:
        """Whether every way through the entry comes here, leaving aside missing gradients and fresh state."""
        return all(guard.routine for guard in self.guards)


def _agreeing(guards: list[Guard]) -> list[Guard]:
    """Without those that others deny: the same words of two objects, an outer and an inner ``self``."""
    said = {guard.text for guard in guards}
    denied = {text for text in said if f"not {text}" in said}
    return [guard for guard in guards if guard.text.removeprefix("not ") not in denied]


def by_node(events: Iterable[Event]) -> list[list[Event]]:
    """The events of each expression, in the order in which the expressions first occur."""
    found: dict[object, list[Event]] = {}
    for event in events:
        found.setdefault(event.node, []).append(event)
    return list(found.values())


def waiting(events: Iterable[Event]) -> list[list[Event]]:
    """The same for reads of tensors, less those of a tensor made on the host: reading that never waits."""
    return [
        entries
        for entries in by_node(events)
        if not any(tensor.host for event in entries for tensor in event.tensors)
    ]
