"""Expressions other than names, attributes, subscripts and calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static import tensors as torch_model
from optreview.evidence.static.calls import Calls
from optreview.evidence.static.containers import known_items
from optreview.evidence.static.events import Guard
from optreview.evidence.static.values import (
    EMPTY,
    NULL,
    UNKNOWN,
    Const,
    Foreign,
    Function,
    Instance,
    Mapping,
    Marker,
    Scalar,
    Sequence,
    Shape,
    Tensor,
    Text,
    Value,
    constant,
    derived,
    join,
    only,
    origins,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.static.machine import Scope

_NAMES = {"True": only(Const(value=True)), "False": only(Const(value=False)), "None": NULL}
_SLICE = only(Scalar(traits=frozenset({"slice"})))


class Expressions(Calls):
    """Dispatches on the kind of expression."""

    def expression(self, node: cst.BaseExpression, scope: Scope) -> Value:
        """Evaluate an expression."""
        self.tick()
        handler = _HANDLERS.get(type(node))
        return handler(self, node, scope) if handler is not None else UNKNOWN

    # ---- literals

    def _name(self, node: cst.Name, scope: Scope) -> Value:
        known = _NAMES.get(node.value)
        return known if known is not None else self.name(node, scope)

    def _numeral(self, node: cst.Integer | cst.Float, scope: Scope) -> Value:
        del scope
        known = self.literals.get(node)
        if known is None:
            try:
                known = only(Const(node.evaluated_value))
            except (ValueError, OverflowError):
                known = UNKNOWN
            self.literals[node] = known
        return known

    def _string(self, node: cst.SimpleString, scope: Scope) -> Value:
        del scope
        known = self.literals.get(node)
        if known is None:
            value = node.evaluated_value
            known = self.literals[node] = only(Const(value)) if isinstance(value, str) else UNKNOWN
        return known

    def _concatenated(self, node: cst.ConcatenatedString, scope: Scope) -> Value:
        return _concatenate(self.expression(node.left, scope), self.expression(node.right, scope))

    def _formatted(self, node: cst.FormattedString, scope: Scope) -> Value:
        text = ""
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                text += part.value.replace("{{", "{").replace("}}", "}")
            elif isinstance(part, cst.FormattedStringExpression):
                known = constant(self.expression(part.expression, scope))
                text += str(known.value) if known is not None else "*"
        return only(Text(text) if "*" in text else Const(text))

    def _ellipsis(self, node: cst.Ellipsis, scope: Scope) -> Value:
        del node, scope
        return _SLICE

    # ---- containers

    def _sequence(self, node: cst.Tuple | cst.List | cst.Set, scope: Scope) -> Value:
        items: list[Value] = []
        rest: Value = EMPTY
        for element in node.elements:
            value = self.expression(element.value, scope)
            if isinstance(element, cst.StarredElement):
                known = known_items(value)
                if known is not None:
                    items.extend(known)
                else:
                    rest = join(rest, *self.iterate(value))
            else:
                items.append(value)
        found = scope.allocated.get((node, scope.turn))
        if isinstance(found, Sequence):
            return only(self._refreshed(found, items, rest))
        made = Sequence(items, rest)
        scope.allocated[(node, scope.turn)] = made
        return only(made)

    def _refreshed(self, found: Sequence, items: list[Value], rest: Value) -> Sequence:
        """The list that the same display made in an earlier turn of the loop, widened by the new elements."""
        old = found.items or []
        if len(old) == len(items):
            for position, value in enumerate(items):
                joined = join(old[position], value)
                if joined != old[position]:
                    old[position] = joined
                    self.version += 1
        for value in [rest] if len(old) == len(items) else [rest, *items]:
            self.append(found, value)
        return found

    def _mapping(self, node: cst.Dict, scope: Scope) -> Value:
        found = scope.allocated.get((node, scope.turn))
        made = found if isinstance(found, Mapping) else Mapping()
        scope.allocated[(node, scope.turn)] = made
        for element in node.elements:
            value = self.expression(element.value, scope)
            if isinstance(element, cst.DictElement):
                self.put(made, self.expression(element.key, scope), value)
                continue
            for atom in value:
                if isinstance(atom, Mapping):
                    for key, entry in list(atom.entries.items()):
                        self.put(made, only(Const(key)), entry)
                    if atom.rest:
                        self.put(made, UNKNOWN, atom.rest)
                elif atom == Marker("group"):
                    self.put(made, only(Const("params")), only(self.parameters))
        return only(made)

    def _comprehension(self, node: cst.ListComp | cst.GeneratorExp | cst.SetComp, scope: Scope) -> Value:
        results, exact = self._each(node.for_in, scope, lambda: self.expression(node.elt, scope))
        found = scope.allocated.get((node, scope.turn))
        if isinstance(found, Sequence):
            return only(
                self._refreshed(found, results if exact else [], EMPTY if exact else join(EMPTY, *results))
            )
        made = Sequence(results) if exact else Sequence(None, join(EMPTY, *results))
        scope.allocated[(node, scope.turn)] = made
        return only(made)

    def _dict_comprehension(self, node: cst.DictComp, scope: Scope) -> Value:
        found = scope.allocated.get((node, scope.turn))
        made = found if isinstance(found, Mapping) else Mapping()
        scope.allocated[(node, scope.turn)] = made

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
                value = self.expression(condition.test, scope)
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

    # ---- operators

    def _binary(self, node: cst.BinaryOperation, scope: Scope) -> Value:
        left, right = self.expression(node.left, scope), self.expression(node.right, scope)
        if isinstance(node.operator, cst.Add):
            combined = _added(left, right)
            if combined is not None:
                return combined
        if isinstance(node.operator, cst.Multiply):
            for side in (left, right):
                for atom in side:
                    if isinstance(atom, Sequence):
                        return only(Sequence(None, atom.element()))
        if isinstance(node.operator, cst.Modulo) and (text := constant(left)) and isinstance(text.value, str):
            return only(Text("*"))
        return torch_model.binary(left, right)

    def _unary(self, node: cst.UnaryOperation, scope: Scope) -> Value:
        value = self.expression(node.expression, scope)
        if isinstance(node.operator, cst.Not):
            known = truth(value)
            return only(Const(not known)) if known is not None else derived([value])
        if isinstance(node.operator, cst.Minus) and (number := constant(value)) is not None:
            if isinstance(number.value, int | float):
                return only(Const(-number.value))
        return torch_model.binary(value, value)

    def _boolean(self, node: cst.BooleanOperation, scope: Scope) -> Value:
        left = self.expression(node.left, scope)
        known = truth(left)
        conjunction = isinstance(node.operator, cst.And)
        if known is not None and known is not conjunction:
            return left
        right = self.expression(node.right, scope)
        if known is not None:
            return right
        other = truth(right)
        if other is not None and other is not conjunction and not _tensors_in(left):
            return right if conjunction else right
        return _either(left, right)

    def _comparison(self, node: cst.Comparison, scope: Scope) -> Value:
        left = self.expression(node.left, scope)
        rights = [self.expression(entry.comparator, scope) for entry in node.comparisons]
        operator = node.comparisons[0].operator
        if len(rights) == 1:
            decided = _decided(operator, left, rights[0])
            if decided is not None:
                return only(Const(decided))
            if isinstance(operator, cst.Is | cst.IsNot):
                return derived([left], "none")
            if isinstance(operator, cst.In | cst.NotIn):
                return derived([left, *rights])
        operands = [left, *rights]
        if any(_tensors_in(value) for value in operands):
            return torch_model.temporary(torch_model.largest(operands))
        return derived(operands)

    def _conditional(self, node: cst.IfExp, scope: Scope) -> Value:
        test = self.test(node.test, scope)
        known = truth(test)
        if known is not None:
            return self.expression(node.body if known else node.orelse, scope)
        with self.guarded(self.guard(node.test, test, scope, positive=True)):
            chosen = self.expression(node.body, scope)
        with self.guarded(self.guard(node.test, test, scope, positive=False)):
            other = self.expression(node.orelse, scope)
        return join(chosen, other)

    def _lambda(self, node: cst.Lambda, scope: Scope) -> Value:
        key = ("lambda", node)
        if key not in scope.allocated:
            scope.allocated[key] = Function(scope.module, node, scope.owner, None, scope.variables)
        return only(scope.allocated[key])

    def _walrus(self, node: cst.NamedExpr, scope: Scope) -> Value:
        value = self.expression(node.value, scope)
        self.bind_target(node.target, value, scope)
        return value

    def _await(self, node: cst.Await, scope: Scope) -> Value:
        return self.expression(node.expression, scope)

    def _yield(self, node: cst.Yield, scope: Scope) -> Value:
        inner = node.value.item if isinstance(node.value, cst.From) else node.value
        if inner is not None:
            value = self.expression(inner, scope)
            element = join(EMPTY, *self.iterate(value)) if isinstance(node.value, cst.From) else value
            made = scope.allocated.setdefault("yield", Sequence(None))
            self.append(made, element)
            scope.returned = join(scope.returned, only(made))
        return NULL

    # ---- conditions

    def test(self, node: cst.BaseExpression, scope: Scope) -> Value:
        """Evaluate a condition; a tensor in it is read back to the host."""
        value = self.expression(node, scope)
        for atom in value:
            if isinstance(atom, Tensor) and isinstance(node, cst.Comparison | cst.Call):
                self.emit("sync", node, scope.module, "bool()", (atom,))
        return value

    def guard(self, node: cst.BaseExpression, value: Value, scope: Scope, *, positive: bool) -> Guard:
        """A tested condition, as events will carry it."""
        names, traits = origins(value)
        key = (node, positive, names, traits)
        known = self.known_guards.get(key)
        if known is None:  # one object for each, so that events compare by identity
            choices = self._choices(node, scope) if names else ()
            known = self.known_guards[key] = Guard(node, scope.module, positive, names, traits, choices)
        return known

    def _choices(self, node: cst.BaseExpression, scope: Scope) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found: list[tuple[str, tuple[str, ...]]] = []
        for comparison in _comparisons(node):
            operator = comparison.comparisons[0].operator
            if not isinstance(operator, cst.In | cst.NotIn):
                continue
            with self.quiet():
                left = self.expression(comparison.left, scope)
                right = self.expression(comparison.comparisons[0].comparator, scope)
            names = origins(left)[0]
            texts = _texts(right)
            if len(names) == 1 and texts:
                found.append((next(iter(names)), texts))
        return tuple(found)


def _comparisons(node: cst.BaseExpression) -> list[cst.Comparison]:
    if isinstance(node, cst.Comparison):
        return [node]
    if isinstance(node, cst.BooleanOperation):
        return [*_comparisons(node.left), *_comparisons(node.right)]
    if isinstance(node, cst.UnaryOperation):
        return _comparisons(node.expression)
    return []


def _texts(value: Value) -> tuple[str, ...]:
    for atom in value:
        known: list[Value] = []
        if isinstance(atom, Sequence) and atom.items and not atom.rest:
            known = atom.items
        elif isinstance(atom, Mapping) and not atom.rest:
            known = [only(Const(key)) for key in atom.entries]
        found = [constant(item) for item in known]
        if found and all(entry is not None for entry in found):
            return tuple(repr(entry.value) for entry in found if entry is not None)
    return ()


def _tensors_in(value: Value) -> bool:
    return any(isinstance(atom, Tensor) for atom in value)


def _either(left: Value, right: Value) -> Value:
    """``a or b``: one of the two when they are objects, else a scalar that depends on both."""
    objects = (Tensor, Sequence, Mapping, Function, Instance, Foreign, Marker, Shape)
    if any(isinstance(atom, objects) for atom in right):
        both = join(left, right)
        kept = frozenset(atom for atom in both if isinstance(atom, objects))
        return (
            kept
            if all(isinstance(atom, objects) or atom == Const(None) for atom in both)
            else join(kept, derived([both]))
        )
    return derived([left, right])


def _added(left: Value, right: Value) -> Value | None:
    known = constant(left), constant(right)
    if all(entry is not None and isinstance(entry.value, str) for entry in known):
        return _concatenate(left, right)
    if any(isinstance(atom, Text) for atom in left | right):
        return _concatenate(left, right)
    held = [atom for side in (left, right) for atom in side if isinstance(atom, Sequence)]
    if held:
        rest = join(EMPTY, *(atom.rest for atom in held))
        if len(held) == 2 and all(atom.items is not None for atom in held) and len(left) == len(right) == 1:
            return only(Sequence([*(held[0].items or ()), *(held[1].items or ())], rest))
        return only(Sequence(None, join(EMPTY, *(atom.element() for atom in held))))
    return None


def _concatenate(left: Value, right: Value) -> Value:
    made: set[Const | Text] = set()
    for head in left:
        for tail in right:
            text = _plain(head) + _plain(tail)
            made.add(Text(text) if "*" in text else Const(text))
    return frozenset(made)


def _plain(atom: object) -> str:
    if isinstance(atom, Const) and isinstance(atom.value, str):
        return atom.value
    return atom.pattern if isinstance(atom, Text) else "*"


def _decided(operator: cst.BaseCompOp, left: Value, right: Value) -> bool | None:
    """The outcome of a comparison that the abstract values settle."""
    if isinstance(operator, cst.Is | cst.IsNot) and right == NULL:
        answers = {_is_none(atom) for atom in left}
        if len(answers) == 1 and (answer := answers.pop()) is not None:
            return answer is isinstance(operator, cst.Is)
        return None
    first, second = constant(left), constant(right)
    if first is not None and second is not None:
        if isinstance(operator, cst.Equal | cst.Is):
            return first.value == second.value
        if isinstance(operator, cst.NotEqual | cst.IsNot):
            return first.value != second.value
    if first is not None and isinstance(operator, cst.In | cst.NotIn):
        held = _texts(right)
        if held:
            return (repr(first.value) in held) is isinstance(operator, cst.In)
    return None


def _is_none(atom: object) -> bool | None:
    if isinstance(atom, Const):
        return atom.value is None
    if isinstance(atom, Tensor):  # a gradient may be missing, state may not be there yet
        return None if atom.role in {"gradient", "state"} else False
    return False if isinstance(atom, Sequence | Mapping | Function | Instance | Text) else None


_HANDLERS: dict[type[cst.CSTNode], Callable[[Expressions, object, Scope], Value]] = {
    cst.Name: Expressions._name,
    cst.Integer: Expressions._numeral,
    cst.Float: Expressions._numeral,
    cst.SimpleString: Expressions._string,
    cst.ConcatenatedString: Expressions._concatenated,
    cst.FormattedString: Expressions._formatted,
    cst.Ellipsis: Expressions._ellipsis,
    cst.Tuple: Expressions._sequence,
    cst.List: Expressions._sequence,
    cst.Set: Expressions._sequence,
    cst.Dict: Expressions._mapping,
    cst.ListComp: Expressions._comprehension,
    cst.GeneratorExp: Expressions._comprehension,
    cst.SetComp: Expressions._comprehension,
    cst.DictComp: Expressions._dict_comprehension,
    cst.BinaryOperation: Expressions._binary,
    cst.UnaryOperation: Expressions._unary,
    cst.BooleanOperation: Expressions._boolean,
    cst.Comparison: Expressions._comparison,
    cst.IfExp: Expressions._conditional,
    cst.Lambda: Expressions._lambda,
    cst.NamedExpr: Expressions._walrus,
    cst.Await: Expressions._await,
    cst.Yield: Expressions._yield,
    cst.Attribute: Expressions.attribute,
    cst.Subscript: Expressions.subscript,
    cst.Call: Expressions.call,
}  # type: ignore[dict-item]
