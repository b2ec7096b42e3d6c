"""Whether equations take the elements of a tensor together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.notation.faults import RuleError
from optreview.notation.functions import EXTREMES, FUNCTIONS
from optreview.notation.parser import statements
from optreview.notation.syntax import Branch, Call, Operation, everything, operands

if TYPE_CHECKING:
    from optreview.notation.syntax import Average, Expression


def joins(text: str) -> bool:
    """Whether some line makes one number of many elements, by which they may hang on each other."""
    try:
        lines = tuple(everything(statements(text)))
    except RuleError:  # the record may come from elsewhere
        return False
    return any(_joins(line.condition if isinstance(line, Branch) else line.value) for line in lines)


def _joins(node: Expression | Average) -> bool:
    if isinstance(node, Operation) and node.operator == "@":
        return True
    if isinstance(node, Call) and node.function != "size":
        known = FUNCTIONS.get(node.function)
        alone = node.function in EXTREMES and len(node.arguments) == 1
        if known is None or known.reduces or alone:
            return True
    return any(map(_joins, operands(node)))
