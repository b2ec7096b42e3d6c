"""Which classes are optimizers: bases followed through the package, linearised as Python would."""

from __future__ import annotations

from collections import Counter, deque
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.source.modules import ClassRef, ConstantRef, External, dotted_name, statements
from optreview.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.evidence.static.source.index import Index
    from optreview.evidence.static.source.modules import Definition

Ancestor = ClassRef | External

#: The concrete classes of torch.optim, so that a lone file's base is recognised without reading torch.
TORCH_OPTIMIZERS = frozenset(
    (
        "ASGD",
        "Adadelta",
        "Adafactor",
        "Adagrad",
        "Adam",
        "AdamW",
        "Adamax",
        "LBFGS",
        "Muon",
        "NAdam",
        "RAdam",
        "RMSprop",
        "Rprop",
        "SGD",
        "SparseAdam",
    )
)


class Method(Frozen, frozen=True):
    """A method and the class that defines it."""

    owner: ClassRef
    node: cst.FunctionDef


class Lineage:
    """A class with its ancestors in method resolution order.

    Attributes:
        read: Those whose source was read.
        circular: Those that are their own ancestors, which Python refuses.
    """

    def __init__(self, index: Index, subject: ClassRef) -> None:
        self.subject = subject
        self.order, self.circular = _linearised(index, subject)
        self.read: tuple[ClassRef, ...] = tuple(entry for entry in self.order if isinstance(entry, ClassRef))
        self._found: dict[tuple[str, int], Method | None] = {}

    @property
    def outside(self) -> tuple[External, ...]:
        """The ancestors outside the package."""
        return tuple(entry for entry in self.order if isinstance(entry, External))

    def method(self, name: str, after: ClassRef | None = None) -> Method | None:
        """The method that a lookup finds, optionally only behind ``after`` as ``super()`` does."""
        key = (name, 0 if after is None else id(after.node))
        if key not in self._found:
            self._found[key] = self._lookup(name, after)
        return self._found[key]

    def _lookup(self, name: str, after: ClassRef | None) -> Method | None:
        started = after is None
        for entry in self.order:
            if started and isinstance(entry, ClassRef):
                node = methods(entry.node).get(name) or _renamed(entry, name)
                if node is not None:
                    return Method(entry, node)
            started = started or entry == after
        return None

    def is_optimizer(self) -> bool:
        """Whether the bases lead to ``torch.optim.Optimizer``, as far as they could be followed."""
        if any(is_torch(entry) for entry in self.outside):
            return True
        guessed = any(entry.tail.endswith("Optimizer") for entry in self.outside)
        return guessed and self.method("step") is not None

    def unread(self) -> tuple[External, ...]:
        """Ancestors outside the package whose own code matters and was not read."""
        return tuple(
            entry
            for entry in self.outside
            if entry.name not in _SILENT and entry.tail not in _SILENT and not entry.name.startswith("typing")
        )


_SILENT = frozenset(
    {
        "torch.optim.Optimizer",
        "torch.optim.optimizer.Optimizer",
        "object",
        "ABC",
        "Generic",
        "Protocol",
        "ABCMeta",
    }
)


def is_torch(entry: External) -> bool:
    """Whether an outside class is ``torch.optim.Optimizer`` or one of torch's own optimizers."""
    return entry.name.startswith("torch.optim.") and (
        entry.tail == "Optimizer" or entry.tail in TORCH_OPTIMIZERS
    )


@lru_cache(maxsize=1024)
def methods(node: cst.ClassDef) -> Mapping[str, cst.FunctionDef]:
    """The functions of a class body by name; the last definition counts."""
    functions = (each for each in statements(node.body.body) if type(each) is cst.FunctionDef)
    return MappingProxyType({each.name.value: each for each in functions})


def _renamed(ref: ClassRef, name: str) -> cst.FunctionDef | None:
    """The function of ``step = _step`` in a class body, one of the class or of its file."""
    value = class_assignments(ref.node).get(name)
    if type(value) is not cst.Name:
        return None
    return methods(ref.node).get(value.value) or ref.module.functions.get(value.value)


def decorated(node: cst.FunctionDef, name: str) -> bool:
    """Whether a function carries a decorator whose last component is ``name``."""
    for decorator in node.decorators:
        target = decorator.decorator
        if type(target) is cst.Call:
            target = target.func
        if dotted_name(target).rpartition(".")[2] == name:
            return True
    return False


def bases(index: Index, subject: ClassRef) -> list[Ancestor]:
    """The direct bases of a class, as written from left to right."""
    found: list[Ancestor] = []
    for argument in subject.node.bases:
        if argument.star:
            continue
        target = _class_of(index, index.dotted(subject.module, argument.value))
        name = dotted_name(written_base(argument.value))
        if target is not None and target != subject:
            found.append(target)
        elif name:
            found.append(External(name))
    return found


def written_base(node: cst.BaseExpression) -> cst.BaseExpression:
    """A base without what it is parametrised with: ``Base`` of ``Base[T]``."""
    while type(node) is cst.Subscript:
        node = node.value
    return node


def _class_of(index: Index, found: Definition | None, hops: int = 4) -> Ancestor | None:
    if isinstance(found, ClassRef | External):
        return found
    if isinstance(found, ConstantRef) and hops > 0:  # an alias such as ``Base = torch.optim.Optimizer``
        return _class_of(index, index.dotted(found.module, found.node), hops - 1)
    return None


def _linearised(index: Index, subject: ClassRef) -> tuple[tuple[Ancestor, ...], tuple[ClassRef, ...]]:
    """A class with its ancestors in order, and those of them that are their own ancestors.

    Every class is worked out once, its bases first, on a stack: chains may be long, and classes that derive
    from each other in a circle must end.
    """
    known: dict[Ancestor, tuple[Ancestor, ...]] = index.orders
    parents: dict[ClassRef, list[Ancestor]] = {}
    order: dict[Ancestor, tuple[Ancestor, ...]] = {}
    circular: dict[ClassRef, None] = {}
    pending = [subject]
    while pending:
        each = pending[-1]
        if each not in parents and each not in known:
            parents[each] = bases(index, each)
            waiting = [entry for entry in parents[each] if isinstance(entry, ClassRef) and entry not in order]
            circular |= dict.fromkeys(entry for entry in waiting if entry in parents)
            pending.extend(entry for entry in reversed(waiting) if entry not in parents)
            continue
        pending.pop()
        if each not in order and each not in known:
            tails = [order.get(entry) or known.get(entry) or (entry,) for entry in parents[each]]
            order[each] = _ordered(each, tails)
    if not circular:  # what comes of a circle depends on where it was entered
        known.update(order)
    return order.get(subject) or known[subject], tuple(circular)


def _ordered(subject: ClassRef, tails: list[tuple[Ancestor, ...]]) -> tuple[Ancestor, ...]:
    """A class before its bases, given what is behind each of them."""
    merged = tails[0] if len(tails) == 1 else _merge([*tails, tuple(tail[0] for tail in tails)])
    return (subject, *(entry for entry in merged if entry != subject))


def _merge(tails: list[tuple[Ancestor, ...]]) -> list[Ancestor]:
    """C3 linearisation; where Python would refuse the order, the first candidate is taken."""
    merged: dict[Ancestor, None] = {}
    behind = Counter(entry for tail in tails for entry in tail[1:])
    waiting = [deque(tail) for tail in tails if tail]
    while waiting:
        head = next((tail[0] for tail in waiting if behind[tail[0]] <= 0), waiting[0][0])
        merged[head] = None
        for tail in waiting:
            while tail and tail[0] in merged:
                tail.popleft()
                behind.subtract(islice(tail, 1))
        waiting = [tail for tail in waiting if tail]
    return list(merged)


def abstract_methods(lineage: Lineage) -> tuple[str, ...]:
    """Names declared with ``abstractmethod`` that no class in the lineage implements."""
    names = {
        name
        for entry in lineage.read
        for name, node in methods(entry.node).items()
        if decorated(node, "abstractmethod")
    }
    open_names = []
    for name in sorted(names):
        method = lineage.method(name)
        if method is not None and decorated(method.node, "abstractmethod"):
            open_names.append(name)
    return tuple(open_names)


def takes_defaults(lineage: Lineage) -> bool:
    """Whether the constructor must be given what ``torch.optim.Optimizer`` is given, by a subclass."""
    constructor = lineage.method("__init__")
    if constructor is None:
        return False
    declared = constructor.node.params
    named = [*declared.posonly_params, *declared.params, *declared.kwonly_params]
    return any(each.name.value == "defaults" and each.default is None for each in named)


def only_raises(node: cst.FunctionDef) -> bool:
    """Whether a function does nothing but raise ``NotImplementedError`` (a docstring may precede it)."""
    body = list(node.body.body)
    lines = [entry for entry in body if not _is_docstring(entry)]
    if len(lines) != 1:
        return False
    line = lines[0]
    inner = line.body[0] if type(line) is cst.SimpleStatementLine else line
    return type(inner) is cst.Raise and "NotImplemented" in dotted_name(
        inner.exc.func if type(inner.exc) is cst.Call else inner.exc
    )


def _is_docstring(statement: cst.CSTNode) -> bool:
    if type(statement) is cst.SimpleStatementLine:
        first = statement.body[0]
        return type(first) is cst.Expr and isinstance(first.value, cst.SimpleString | cst.ConcatenatedString)
    return False


@lru_cache(maxsize=1024)
def class_assignments(node: cst.ClassDef) -> Mapping[str, cst.BaseExpression]:
    """What the body of a class assigns to names, by name."""
    found: dict[str, cst.BaseExpression] = {}
    for statement in statements(node.body.body):
        if type(statement) is cst.Assign:
            for target in statement.targets:
                if type(target.target) is cst.Name:
                    found[target.target.value] = statement.value
        elif (
            type(statement) is cst.AnnAssign
            and statement.value is not None
            and type(statement.target) is cst.Name
        ):
            found[statement.target.value] = statement.value
    return MappingProxyType(found)
