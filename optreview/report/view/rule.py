"""The update rule as the page shows it: equations, what each state entry is, and what is proven."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.notation.faults import RuleError
from optreview.notation.latex import latex
from optreview.notation.parser import statements
from optreview.report.escaping import Markdown
from optreview.report.view import joining, roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.records import DynamicEvidence, EquationLine, Equations, UpdateRule
    from optreview.report.view.roles import RoleLine

#: A state entry divided by what it has seen so far, and the power that tells it.
_CORRECTED = re.compile(r"\s*\w+ = (\w+)' / \(1 - (\w+)\^t\)")
_POWER = re.compile(r"\^t\b")
#: How probes say that a tensor's step hangs on other tensors.
_COUPLED = "on one parameter depends on the gradients of the others"
_KINDS = {0: "a scalar", 1: "a vector", 2: "a matrix"}
_ONLY = {"tall": " with more rows than columns", "read": " of the sides that it was read on"}


class Written(Frozen, frozen=True):
    """What a step does to one kind of tensor.

    Attributes:
        on: ``a matrix``, and of which kind if it does not hold for all; empty where one text is of all.
        maths: LaTeX, free of anything that could end its block; empty where there is none.
        lines: What is assigned, with the lines of the code where they are known.
    """

    on: str
    maths: Markdown
    equations: Equations
    lines: tuple[EquationLine, ...] = ()


class RuleView(Frozen, frozen=True):
    """The rule, with its kinds of tensors.

    Attributes:
        averages: Some line is a running mean, so that the sign has to be explained.
        marked: Some name carries the mark of a new value.
        counted: The number of the step is in some line.
        functions: What functions in the equations compute that keep the name they have in the code, in words.
        unsaid: Those of them of which that is not known.
        roles: What the state entries are.
        corrected: State entries that the equations divide by one minus a decay to the power of the step; none
            where they are not proven, or have such a power anywhere else.
        shared: The equations join the elements of a tensor, and the step on one tensor was seen to depend on
            the gradients of others: what is joined there may be of all tensors.
    """

    rule: UpdateRule
    written: tuple[Written, ...]
    averages: bool
    marked: bool
    counted: bool
    functions: tuple[tuple[str, str], ...]
    unsaid: tuple[str, ...]
    roles: tuple[RoleLine, ...]
    corrected: tuple[str, ...] = ()
    shared: bool = False


def build(dynamic: DynamicEvidence) -> RuleView | None:
    """None where the record has no rule."""
    rule = dynamic.rule
    if rule is None:
        return None
    kinds = _kinds(rule)
    several = len(kinds) > 1
    written = tuple(
        Written(kind(each) if several or each.only else "", _maths(each.text), each, _lines(each))
        for each in kinds
    )
    texts = [each.text for each in rule.equations]
    meanings = {(one.block, one.says) for each in written if each.maths for one in each.equations.meanings}
    return RuleView(
        rule=rule,
        written=written,
        averages=any("EMA[" in text for text in texts),
        marked=any("'" in text for text in texts),
        counted=any(re.search(r"\bt\b", text) for text in texts),
        functions=tuple(
            (name, " or ".join(sorted(says for one, says in meanings if one == name)))
            for name in sorted({name for name, says in meanings if says})
        ),
        unsaid=tuple(sorted(_tried(written) - {name for name, says in meanings if says})),
        roles=roles.told((each.on, each.equations) for each in written if each.maths),
        corrected=_corrected(rule),
        shared=any(joining.joins(text) for text in texts) and _coupled(dynamic),
    )


def _coupled(dynamic: DynamicEvidence) -> bool:
    return any(_COUPLED in each.note for each in dynamic.measurements)


def _tried(written: Sequence[Written]) -> set[str]:
    """Functions of equations some of whose functions were at hand, so that they could be tried."""
    return {
        name
        for each in written
        if each.maths and each.equations.meanings
        for name in (*each.equations.blocks, *(one.block for one in each.equations.meanings))
    }


def _corrected(rule: UpdateRule) -> tuple[str, ...]:
    if any(each.proof.verdict != "proven" for each in rule.equations):
        return ()
    lines = [line for each in rule.equations for line in each.text.splitlines() if _POWER.search(line)]
    found = [_CORRECTED.fullmatch(line) for line in lines]
    names = {each[1] for each in found if each}
    return tuple(sorted(names)) if all(found) else ()


def kind(equations: Equations) -> str:
    """Of what the equations were read, ``a matrix``, and where they do not hold for all, for which."""
    return _KINDS.get(equations.dimensions, "a tensor") + _ONLY.get(equations.only, "")


def _kinds(rule: UpdateRule) -> tuple[Equations, ...]:
    """Those that differ in what there is to say: one reason for having no equations is said once."""
    without = {each.proof.reason for each in rule.equations if not each.text}
    one = len(without) == 1 and not any(each.text for each in rule.equations)
    return rule.equations[:1] if one else rule.equations


def _lines(equations: Equations) -> tuple[EquationLine, ...]:
    """Each once: a name of ours for what the code has no name for may have no line."""
    return tuple(dict.fromkeys(each for each in equations.lines if each.sources))


def _maths(text: str) -> Markdown:
    """The record may come from elsewhere: what is no rule is not shown."""
    try:
        return Markdown(latex(statements(text))) if text else Markdown("")
    except RuleError:
        return Markdown("")
