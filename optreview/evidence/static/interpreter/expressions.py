"""Expressions other than names, attributes, subscripts and calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from optreview.evidence.static.interpreter import provenance
from optreview.evidence.static.interpreter import tensors as torch_model
from optreview.evidence.static.interpreter.code_values import Function
from optreview.evidence.static.interpreter.displays import Displays
from optreview.evidence.static.interpreter.holders import Sequence
from optreview.evidence.static.interpreter.machine import BUDGET, BudgetExhaustedError
from optreview.evidence.static.interpreter.operators import (
    added,
    concatenate,
    decided,
    either,
    holds_tensor,
    known_text,
)
from optreview.evidence.static.interpreter.queries import constant, derived, tensors, truth
from optreview.evidence.static.interpreter.subscripts import key_names
from optreview.evidence.static.interpreter.values import (
    EMPTY,
    NULL,
    PARAM_STATE,
    UNKNOWN,
    Const,
    Scalar,
    Text,
    Value,
    join,
    only,
    origins,
)
from optreview.evidence.static.interpreter.watch import births
from optreview.evidence.static.source.literals import number, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.evidence.static.interpreter.machine import Scope

_NAMES = {"True": only(Const(value=True)), "False": only(Const(value=False)), "None": NULL}
_SLICE = only(Scalar(traits=frozenset({"slice"})))


class Expressions(Displays):
    """Dispatches on the kind of expression."""

    def expression(self, node: cst.BaseExpression, scope: Scope) -> Value:
        """Evaluate an expression."""
        self.spent += 1
        if self.spent > BUDGET:
            raise BudgetExhaustedError
        handler = _HANDLERS.get(type(node))
        return handler(self, node, scope) if handler is not None else UNKNOWN

    # ---- literals

    def _name(self, node: cst.Name, scope: Scope) -> Value:
        known = _NAMES.get(node.value)
        return known if known is not None else self.name(node, scope)

    def _numeral(self, node: cst.Integer | cst.Float, scope: Scope) -> Value:
        known = scope.module.literals.get(id(node))
        if known is None:
            try:
                known = only(Const(number(node)))
            except (ValueError, OverflowError):
                known = UNKNOWN
            scope.module.literals[id(node)] = known
        return known

    def _string(self, node: cst.SimpleString, scope: Scope) -> Value:
        known = scope.module.literals.get(id(node))
        if known is None:
            value = text_of(node)
            known = only(Const(value)) if isinstance(value, str) else UNKNOWN
            scope.module.literals[id(node)] = known
        return known

    def _concatenated(self, node: cst.ConcatenatedString, scope: Scope) -> Value:
        return concatenate(self.expression(node.left, scope), self.expression(node.right, scope))

    def _formatted(self, node: cst.FormattedString, scope: Scope) -> Value:
        text = ""
        for part in node.parts:
            if type(part) is cst.FormattedStringText:
                text += part.value.replace("{{", "{").replace("}}", "}")
            elif type(part) is cst.FormattedStringExpression:
                known = constant(self.expression(part.expression, scope))
                text += str(known.value) if known is not None else "*"
        return only(known_text(text))

    def _ellipsis(self, node: cst.Ellipsis, scope: Scope) -> Value:
        del node, scope
        return _SLICE

    # ---- operators

    def _binary(self, node: cst.BinaryOperation, scope: Scope) -> Value:
        left, right = self.expression(node.left, scope), self.expression(node.right, scope)
        if type(node.operator) is cst.Add:
            since = births()
            combined = added(left, right)
            if combined is not None:
                return self.steady(combined, node, scope, since)
        if type(node.operator) is cst.Multiply:
            for side in (left, right):
                for atom in side:
                    if isinstance(atom, Sequence):
                        since = births()
                        return self.steady(only(Sequence(None, atom.element())), node, scope, since)
        if type(node.operator) is cst.Modulo and (text := constant(left)) and isinstance(text.value, str):
            return only(Text("*"))
        return self._arithmetic(node, left, right, scope)

    def _arithmetic(self, node: cst.BinaryOperation, left: Value, right: Value, scope: Scope) -> Value:
        result = torch_model.binary(left, right)
        name = type(node.operator).__name__
        if name == "Power" or holds_tensor(result):
            result = self.computed(name, result, [left, right], node, scope)
        if name != "Power":
            result = provenance.no_power(result)
        result = provenance.counted(name, result, right)
        if type(node.operator) is cst.Subtract:
            for one, power in ((left, right), (right, left)):
                if constant(one) == Const(1):
                    self.corrected(node, power, scope)
        return result

    def corrected(self, node: cst.CSTNode, value: Value, scope: Scope) -> None:
        """Note a bias correction: one minus a decay to the power of the step, in either order."""
        traits = origins(value)[1]
        if "power" in traits or "power" in provenance.made_of([value]):
            self.emit("correction", node, scope.module, "", tuple(tensors(value)), value)

    def _unary(self, node: cst.UnaryOperation, scope: Scope) -> Value:
        value = self.expression(node.expression, scope)
        if type(node.operator) is cst.Not:
            self.asked(node.expression, value, scope)
            known = truth(value)
            return only(Const(not known)) if known is not None else derived([value])
        number = constant(value) if type(node.operator) is cst.Minus else None
        if number is not None and isinstance(number.value, int | float):
            return only(Const(-number.value))
        return self.computed(
            type(node.operator).__name__, torch_model.binary(value, value), [value], node, scope
        )

    def _boolean(self, node: cst.BooleanOperation, scope: Scope) -> Value:
        left = self.expression(node.left, scope)
        self.asked(node.left, left, scope)
        known = truth(left)
        conjunction = type(node.operator) is cst.And
        if known is not None and known is not conjunction:
            return left
        right = self.expression(node.right, scope)
        self.asked(node.right, right, scope)
        if known is not None:
            return right
        other = truth(right)
        if other is not None and other is not conjunction and not holds_tensor(left):
            return right
        return either(left, right)

    def _comparison(self, node: cst.Comparison, scope: Scope) -> Value:
        left = self.expression(node.left, scope)
        rights = [self.expression(entry.comparator, scope) for entry in node.comparisons]
        operator = node.comparisons[0].operator
        if len(rights) == 1:
            if (type(operator) is cst.Is or type(operator) is cst.IsNot) and rights[0] == NULL:
                self.none_check(node, left, scope)
            if (type(operator) is cst.In or type(operator) is cst.NotIn) and PARAM_STATE in rights[0]:
                for name in key_names(left):
                    self.looked_up("state", name, node, scope.module)
            outcome = decided(operator, left, rights[0])
            if outcome is not None:
                return only(Const(outcome))
            if type(operator) is cst.Is or type(operator) is cst.IsNot:
                return derived([left], "none")
            if type(operator) is cst.In or type(operator) is cst.NotIn:
                return derived([left, *rights])
        operands = [left, *rights]
        if any(holds_tensor(value) for value in operands):
            outcomes = torch_model.temporary(torch_model.largest(operands))
            return provenance.traced(torch_model.where_computed(outcomes, operands), provenance.MASK)
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
            element = join(EMPTY, *self.iterate(value)) if type(node.value) is cst.From else value
            made = scope.allocated.setdefault("yield", Sequence(None))
            self.append(made, element)
            scope.returned = join(scope.returned, only(made))
        return NULL


_HANDLERS: dict[type[cst.CSTNode], Callable[..., Value]] = {
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
}
