"""Where what stands against division by zero is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.evidence.dynamic.rule.kinship.rewriting import everywhere, names_in, one_by_one
from optreview.notation.syntax import Average, Call, Name, Number, Operation, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.rewriting import Lines
    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Expression


class Eps(Departure):
    """What stands against division by zero is added elsewhere."""

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:
        """It is taken out, and put in each of the places that implementations know."""
        own, other = sorted(paper.tiny), sorted(code.tiny)
        name = own[0] if own else other[0] if other else ""
        if not name or len(own) > 1:
            return
        bare = everywhere(paper.rule.lines, lambda node: _without(node, name)) if own else paper.rule.lines
        there = _places(paper) if own else "nowhere"
        for lines, place, states in self._placed(bare, name):
            rule = ruled(lines)
            if rule is not None and rule != paper.rule:
                yield Departed(rule, f"adds eps {there}", f"adds it {place}", frozenset({name}), states)
        if own and (rule := ruled(bare)):
            yield Departed(rule, f"adds eps {there}", "adds none", frozenset({"p"}))

    def _placed(self, lines: Lines, name: str) -> Iterator[tuple[Lines, str, frozenset[str]]]:
        eps = Name(name)
        for index, line in enumerate(lines):
            if isinstance(line, Update) and line.name != "p":
                value = line.value
                if isinstance(value, Average):
                    keep = Operation("*", value.decay, Name(line.name))
                    fresh = Operation("*", Operation("-", Number(1.0), value.decay), value.value)
                    value = Operation("+", keep, fresh)
                again = Update(line.name, Operation("+", value, eps))
                made = (*lines[:index], again, *lines[index + 1 :])
                states = frozenset({line.name})
                yield made, f"to {line.name} in every step, where it accumulates", states
                for more in one_by_one(made, lambda node: _outside(node, eps)):
                    yield more, f"to {line.name} in every step, where it accumulates, and to the root", states
        for made in one_by_one(lines, lambda node: _outside(node, eps)):
            yield made, "outside the root", frozenset()
        for made in one_by_one(lines, lambda node: _within(node, eps)):
            yield made, "inside the root", frozenset()
        for made in one_by_one(lines, lambda node: _early(node, eps)):
            yield made, "to the root before that is corrected for its start at zero", frozenset()


def _places(paper: Subject) -> str:
    for line in paper.rule.lines:
        if (
            isinstance(line, Update)
            and line.name != "p"
            and any(each.name in paper.tiny for each in names_in(line.value))
        ):
            return f"to {line.name} in every step"
    return "where its equations have it"


def _without(node: Expression, name: str) -> Expression | None:
    if isinstance(node, Operation) and node.operator in {"+", "-"}:
        if node.right == Name(name):
            return node.left
        if node.left == Name(name) and node.operator == "+":
            return node.right
    return None


def _outside(node: Expression, eps: Expression) -> Expression | None:
    return Operation("+", node, eps) if _root(node) else None


def _within(node: Expression, eps: Expression) -> Expression | None:
    if isinstance(node, Call) and _root(node):
        return Call("sqrt", (Operation("+", node.arguments[0], eps),))
    return None


def _early(node: Expression, eps: Expression) -> Expression | None:
    """√(x / c) + eps becomes (√x + eps) / √c."""
    if isinstance(node, Call) and _root(node):
        inside = node.arguments[0]
        if isinstance(inside, Operation) and inside.operator == "/":
            root = Operation("+", Call("sqrt", (inside.left,)), eps)
            return Operation("/", root, Call("sqrt", (inside.right,)))
    return None


def _root(node: Expression) -> bool:
    return isinstance(node, Call) and node.function == "sqrt"
