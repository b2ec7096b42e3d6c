"""Lists, tuples, dictionaries and comprehensions: every display makes one container a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter.containers import known_items
from optreview.evidence.static.interpreter.events import Guard
from optreview.evidence.static.interpreter.holders import Mapping, Sequence
from optreview.evidence.static.interpreter.operators import (
    comparisons,
    texts,
)
from optreview.evidence.static.interpreter.queries import tensors
from optreview.evidence.static.interpreter.values import (
    EMPTY,
    UNKNOWN,
    Const,
    Marker,
    Tensor,
    Value,
    join,
    only,
    origins,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.static.interpreter.machine import Scope
    from optreview.evidence.static.interpreter.values import Atom, Names

from optreview.evidence.static.interpreter.calls import Calls

#: Elements of a display that are told apart, when others are unpacked into it.
_LONGEST = 1000


class Displays(Calls):
    """Evaluates displays."""

    def _sequence(self, node: cst.Tuple | cst.List | cst.Set, scope: Scope) -> Value:
        items: list[Value] = []
        rest: Value = EMPTY
        stars: list[int] = []
        for element in node.elements:
            value = self.expression(element.value, scope)
            if type(element) is cst.StarredElement:
                known = known_items(value)
                if known is not None and len(items) + len(known) <= _LONGEST:
                    items.extend(known)
                else:
                    rest = join(rest, *self.iterate(value))
                    stars.append(len(items))
            else:
                items.append(value)
        found = scope.allocated.get((id(node), scope.turn))
        if isinstance(found, Sequence):
            return only(self.refreshed(found, items, rest))
        made = Sequence(items, rest, depth=self.looping, star=stars[0] if len(stars) == 1 else None)
        scope.allocated[id(node), scope.turn] = made
        return only(made)

    def _mapping(self, node: cst.Dict, scope: Scope) -> Value:
        found = scope.allocated.get((id(node), scope.turn))
        made = found if isinstance(found, Mapping) else Mapping()
        scope.allocated[id(node), scope.turn] = made
        entries = [entry for element in node.elements for entry in self._entries(element, scope)]
        for key, value in entries:
            self.put(made, key, value)
        return only(made)

    def _entries(self, element: cst.BaseDictElement, scope: Scope) -> list[tuple[Value, Value]]:
        value = self.expression(element.value, scope)
        if type(element) is cst.DictElement:
            return [(self.expression(element.key, scope), value)]
        found: list[tuple[Value, Value]] = []
        for atom in value:
            if isinstance(atom, Mapping):
                found += [(only(Const(key)), entry) for key, entry in atom.entries.items()]
                found += [(UNKNOWN, atom.rest)] if atom.rest else []
            elif atom == Marker("group"):
                found.append((only(Const("params")), only(self.parameters)))
        return found

    def _comprehension(self, node: cst.ListComp | cst.GeneratorExp | cst.SetComp, scope: Scope) -> Value:
        results, exact = self._each(node.for_in, scope, lambda: self.expression(node.elt, scope))
        found = scope.allocated.get((id(node), scope.turn))
        if isinstance(found, Sequence):
            return only(
                self.refreshed(found, results if exact else [], EMPTY if exact else join(EMPTY, *results))
            )
        made = Sequence(results) if exact else Sequence(None, join(EMPTY, *results))
        scope.allocated[id(node), scope.turn] = made
        return only(made)

    def _dict_comprehension(self, node: cst.DictComp, scope: Scope) -> Value:
        found = scope.allocated.get((id(node), scope.turn))
        made = found if isinstance(found, Mapping) else Mapping()
        scope.allocated[id(node), scope.turn] = made

        def entry() -> Value:
            self.put(made, self.expression(node.key, scope), self.expression(node.value, scope))
            return EMPTY

        self._each(node.for_in, scope, entry)
        return only(made)

    def _each(self, loop: cst.CompFor, scope: Scope, body: Callable[[], Value]) -> tuple[list[Value], bool]:
        """Evaluate the body once for each element; whether one result stands for exactly one element."""
        elements = self.iterate(self.expression(loop.iter, scope))
        results: list[Value] = []
        exact = len(elements) > 1
        before = dict(scope.variables)
        turn = scope.turn
        self.looping += 1
        for position, element in enumerate(elements):
            scope.turn = (*turn, position)
            self.bind_target(loop.target, element, scope)
            guards = []
            for condition in loop.ifs:
                value = self.test(condition.test, scope)
                guards.append(self.guard(condition.test, value, scope, positive=True))
                exact = False
            with self.guarded(*guards):
                if loop.inner_for_in is not None:
                    inner, _ = self._each(loop.inner_for_in, scope, body)
                    exact = False
                    results.extend(inner)
                else:
                    results.append(body())
        self.looping -= 1
        scope.variables, scope.turn = before, turn
        return results, exact

    def bind_target(self, target: cst.CSTNode, value: Value, scope: Scope) -> None:
        """Assign to a target; the statement layer implements it."""
        raise NotImplementedError

    def test(self, node: cst.BaseExpression, scope: Scope) -> Value:
        """Evaluate a condition; a tensor in it is read back to the host."""
        value = self.expression(node, scope)
        if type(node) is cst.Name or type(node) is cst.Attribute:  # ``if grad:`` and ``if p.grad:``
            self.none_check(node, value, scope)
        self.asked(node, value, scope)
        return value

    def asked(self, node: cst.BaseExpression, value: Value, scope: Scope) -> None:
        """A value is asked whether it is true: a tensor has to be read for that.

        A plain name is mostly asked whether there is a tensor at all, unless it can be nothing but a tensor
        with a single element.
        """
        if type(node) is cst.Comparison or type(node) is cst.Call:
            held = tensors(value)
        else:
            named = type(node) is cst.Name or type(node) is cst.Attribute
            held = tensors(value) if named and all(map(_single, value)) else []
        for tensor in held:
            self.emit("sync", node, scope.module, "bool()", (tensor,))

    def none_check(self, node: cst.CSTNode, value: Value, scope: Scope) -> None:
        """Note that a gradient is asked whether it is there."""
        held = tuple(tensor for tensor in tensors(value) if tensor.role == "gradient")
        if held:
            self.emit("none_check", node, scope.module, "grad", held)

    def guard(self, node: cst.BaseExpression, value: Value, scope: Scope, *, positive: bool) -> Guard:
        """A tested condition, as events will carry it."""
        return self._guard(node, origins(value), scope, positive=positive)

    def guards_of(self, node: cst.BaseExpression, value: Value, scope: Scope) -> tuple[Guard, Guard]:
        """The two outcomes of a test."""
        found = origins(value)
        return (
            self._guard(node, found, scope, positive=True),
            self._guard(node, found, scope, positive=False),
        )

    def _guard(
        self, node: cst.BaseExpression, behind: tuple[Names, Names], scope: Scope, *, positive: bool
    ) -> Guard:
        names, traits = behind
        key = (id(node), positive, names, traits)
        known = self.known_guards.get(key)
        if known is None:  # one object for each, so that events compare by identity
            choices = self._choices(node, scope) if names else ()
            known = self.known_guards[key] = Guard(node, scope.module, positive, names, traits, choices)
        return known

    def _choices(self, node: cst.BaseExpression, scope: Scope) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found: list[tuple[str, tuple[str, ...]]] = []
        for comparison in comparisons(node):
            operator = comparison.comparisons[0].operator
            if type(operator) is not cst.In and type(operator) is not cst.NotIn:
                continue
            with self.quiet():
                left = self.expression(comparison.left, scope)
                right = self.expression(comparison.comparisons[0].comparator, scope)
            names = origins(left)[0]
            held = texts(right)
            if len(names) == 1 and held:
                found.append((next(iter(names)), held))
        return tuple(found)


def _single(atom: Atom) -> bool:
    """Whether something can only be a tensor with one element that was just computed."""
    return isinstance(atom, Tensor) and atom.role == "temporary" and atom.size == "scalar"
