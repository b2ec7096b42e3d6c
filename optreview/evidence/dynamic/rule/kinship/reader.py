"""An update rule read as one tree: state by what it is of, cases one by one if that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship import form as forms
from optreview.evidence.dynamic.rule.kinship import operations
from optreview.evidence.dynamic.rule.kinship.form import Form
from optreview.evidence.dynamic.rule.kinship.tree import AVERAGE, Node, has, node
from optreview.notation.functions import FUNCTIONS
from optreview.notation.syntax import (
    Average,
    Branch,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Operation,
    Update,
    operands,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.evidence.dynamic.rule.language import Rule
    from optreview.notation.syntax import Statement

#: The step at which schedules are looked at: late, when corrections of the start are over.
LATE = 1000.0
#: What a number that the rule itself keeps is taken for.
_KEPT = 0.37
_HALF = 0.5


@dataclass(frozen=True)
class Case:
    """A value that depends on a condition over tensors, or that is a whole number of steps apart."""

    condition: Expression
    then: Definition
    otherwise: Definition


Definition = Expression | Average | Case


class Reader:
    """Reads a rule as one tree.

    Args:
        rule: It.
        values: Of its hyperparameters.
        choices: Conditions that hold, or do not; where it is given, those that are met besides hold.
    """

    def __init__(
        self, rule: Rule, values: Mapping[str, float], choices: Mapping[Expression, bool] | None = None
    ) -> None:
        self.values = values
        self.given = choices
        self.met: list[Expression] = []
        self.conditions: dict[Expression, Node] = {}
        self.state = rule.names.state
        self.lets: dict[str, Definition] = {}
        self.new: dict[str, Definition] = {}
        self.known: dict[tuple[str, bool, tuple[str, ...]], Form] = {}
        self.stack: list[str] = []
        self.scalars: set[str] = set()
        self._read(rule.lines)
        self.known.clear()
        self._find_scalars()

    def update(self) -> Node:
        """The change of the parameter."""
        if "p" not in self.new:
            return node("0")
        change = forms.added(self._defined(self.new["p"]), forms.atom(node("p")).scaled(-1.0))
        return forms.tree(change)

    def _read(self, lines: tuple[Statement, ...]) -> None:
        for line in lines:
            if not isinstance(line, Branch):
                self._into(line)[line.name] = line.value
                continue
            self._find_scalars()
            chosen = self._chosen(line)
            if chosen is not None:
                self._read(chosen)
            else:
                self._fork(line)

    def _chosen(self, line: Branch) -> tuple[Statement, ...] | None:
        """The lines that run late, where the step and numbers decide."""
        if self.given is not None and line.condition in {*self.given, *self.met}:
            return line.then if self.given.get(line.condition, True) else line.otherwise
        if self._recurs(line.condition):
            return self._met(line)
        value = self._form(line.condition).number
        self.known.clear()
        return self._met(line) if value is None else (line.then if value else line.otherwise)

    def _met(self, line: Branch) -> tuple[Statement, ...] | None:
        """A condition that only runs decide: it holds, where cases are read one by one."""
        if self.given is None:
            return None
        self.conditions[line.condition] = forms.tree(self._form(line.condition))
        self.known.clear()
        self.met.append(line.condition)
        return line.then

    def _recurs(self, condition: Expression) -> bool:
        if isinstance(condition, Call) and condition.function in {"mod", "floor"}:
            return True
        if isinstance(condition, Name) and condition.name in self.lets:
            found = self.lets[condition.name]
            return not isinstance(found, Case | Average) and self._recurs(found)
        return any(map(self._recurs, operands(condition)))

    def _fork(self, line: Branch) -> None:
        lets, new = dict(self.lets), dict(self.new)
        self._read(line.then)
        then = (self.lets, self.new)
        self.lets, self.new = dict(lets), dict(new)
        self._read(line.otherwise)
        for yes, no, before, mine in (
            (then[0], self.lets, lets, self.lets),
            (then[1], self.new, new, self.new),
        ):
            for name in sorted(yes.keys() | no.keys()):
                if yes.get(name) is before.get(name) and no.get(name) is before.get(name):
                    continue
                if mine is self.lets and not (name in yes and name in no):
                    mine.pop(name, None)  # nothing after the cases may read it
                    continue
                kept: Definition = before.get(name) or Name(name)
                one, other = yes.get(name, kept), no.get(name, kept)
                mine[name] = one if one == other else Case(line.condition, one, other)

    def _into(self, line: Statement) -> dict[str, Definition]:
        return self.new if isinstance(line, Update) else self.lets

    def _find_scalars(self) -> None:
        """State that neither gradient nor parameter enters: a schedule that the rule keeps."""
        found = set(self.state) - {"p"}
        changed = True
        while changed:
            changed = False
            for name in sorted(found):
                if name in self.new and self._touches(self.new[name], found, set()):
                    found.discard(name)
                    changed = True
        self.scalars = found & self.new.keys()

    def _touches(self, one: Definition, scalars: set[str], seen: set[str]) -> bool:
        if isinstance(one, Case):
            parts: tuple[Definition, ...] = (one.condition, one.then, one.otherwise)
            return any(self._touches(each, scalars, seen) for each in parts)
        if isinstance(one, Name):
            if one.name in self.lets and one.name not in seen:
                seen.add(one.name)
                return self._touches(self.lets[one.name], scalars, seen)
            return one.name in {"g", "p"} or (one.name in self.state and one.name not in scalars)
        if isinstance(one, Call) and one.function in {"size", "dims"}:
            return False
        if isinstance(one, Call) and one.function not in FUNCTIONS:
            return True  # chance, or a product with the Hessian: nothing that a schedule could be
        return any(self._touches(each, scalars, seen) for each in operands(one))

    def _defined(self, one: Definition) -> Form:
        if not isinstance(one, Case):
            assert not isinstance(one, Average)
            return self._form(one)
        parts = [self._form(one.condition), self._whole(one.then), self._whole(one.otherwise)]
        return forms.atom(node("case", map(forms.tree, parts)))

    def _whole(self, one: Definition) -> Form:
        return self._averaged(one, self.stack[-1]) if isinstance(one, Average) else self._defined(one)

    def _averaged(self, one: Average, name: str) -> Form:
        decay = self._form(one.decay)
        left = forms.multiplied(decay, self._form(Name(name)))
        right = forms.multiplied(forms.added(forms.number(1.0), decay.scaled(-1)), self._form(one.value))
        return forms.added(left, right)

    def _after(self, name: str) -> Form:
        """The value of a state entry after the step."""
        key = (name, True, tuple(self.stack))
        if key not in self.known:
            self.stack.append(name)
            value = self._whole(self.new[name])
            self.stack.pop()
            self.known[key] = self._recurrence(value)
        return self.known[key]

    def _recurrence(self, value: Form) -> Form:
        itself = node("back:0")
        rest = Form({key: each for key, each in value.terms.items() if key != ((itself, 1.0),)})
        slope = value.terms.get(((itself, 1.0),), 0.0)
        whole = forms.tree(rest)
        if not has(whole, "back:0"):
            if not slope:
                return value
            scale, inner = forms.scalar_and_tree(rest.kept())
            if abs(slope - 1) < 1e-9:
                return forms.atom(node("sum", (inner,))).scaled(scale)
            if 0 < slope < 1:
                return forms.atom(node(AVERAGE, (inner,), slope)).scaled(scale / (1 - slope))
        if len(value.terms) == 1:
            ((key, factor),) = value.terms.items()
            if len(key) == 1 and key[0][0].label == "max" and itself in key[0][0].children and factor > 0:
                others = [each for each in key[0][0].children if each != itself]
                if not any(has(each, "back:0") for each in others):
                    return forms.atom(node("maximum", others))
        return forms.atom(node("rec", (forms.tree(value),)))

    def _named(self, one: Name) -> Form:  # noqa: PLR0911 - one for each kind of name
        name = one.name
        if one.new and name in self.new:
            return forms.atom(node("p")) if name == "p" else self._of_state(name)
        if name in self.lets:
            key = (name, False, tuple(self.stack))
            if key not in self.known:
                self.known[key] = self._defined(self.lets[name])
            return self.known[key]
        if name in {"g", "p"}:
            return forms.atom(node(name))
        if name == "t":
            return forms.number(LATE)
        if name not in self.state:
            return forms.number(self.values.get(name, _HALF))
        if name in self.stack:
            return forms.atom(node(f"back:{len(self.stack) - 1 - self.stack.index(name)}"))
        if name in self.scalars:
            return forms.number(_KEPT)
        return operations.lag(self._after(name)) if name in self.new else forms.atom(node("kept"))

    def _of_state(self, name: str) -> Form:
        return forms.number(_KEPT) if name in self.scalars else self._after(name)

    def _form(self, one: Expression) -> Form:
        if isinstance(one, Number):
            return forms.number(one.value)
        if isinstance(one, Name):
            return self._named(one)
        if isinstance(one, Negative):
            return self._form(one.operand).scaled(-1.0)
        if isinstance(one, Call):
            return self._called(one)
        parts = [self._form(each) for each in operands(one)]
        if isinstance(one, Operation):
            return operations.operated(one.operator, *parts)
        return operations.decided(one, parts)

    def _called(self, one: Call) -> Form:
        if one.function in {"size", "dims"}:
            return forms.number(2.0 if one.function == "dims" else operations.size(one.axis))
        return operations.called(one.function, one.axis, [self._form(each) for each in one.arguments])
