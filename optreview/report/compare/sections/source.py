"""What the source says: how the step treats what training gives it, and the hyperparameters."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from optreview.records import ComparedTable
from optreview.report import figures
from optreview.report.compare.pair import row, told, untold

if TYPE_CHECKING:
    from collections.abc import Callable

    from optreview.records import Answer, ComparedRow, Hyperparameter, Review, StaticEvidence, Workings
    from optreview.report.compare.pair import Pair

PLACE = 90
_NONE = "none"
#: What :class:`Workings` says, in words or numbers.
_WORKINGS: tuple[tuple[str, str, str, Callable[[Workings], str | int]], ...] = (
    ("weight_decay", "Weight decay", "fact", lambda w: w.weight_decay.coupling),
    ("bias_correction", "Bias correction", "fact", lambda w: w.bias_correction.present),
    ("gradient_mutation", "Writes into gradients", "fact", lambda w: w.gradient_mutation.answer),
    ("complex_numbers", "Complex parameters", "fact", lambda w: w.complex_numbers.handling),
    ("closure_argument", "Closure", "fact", lambda w: w.closure.argument),
    ("closure_calls", "Calls of the closure", "fact", lambda w: w.closure.calls),
    ("closure_grad", "Autograd during the closure", "fact", lambda w: w.closure.grad),
    ("closure_loss", "Returns the loss", "fact", lambda w: w.closure.returns_loss),
    ("paths", "Paths other than a plain loop", "fact", lambda w: _listed({each.kind for each in w.paths})),
    ("holds", "Optimizers it drives", "fact", lambda w: _listed({each.attribute for each in w.holds})),
    ("host_syncs", "Places that read values to Python", "count", lambda w: len(w.host_syncs)),
    ("temporaries", "Places that make full-size temporaries", "count", lambda w: len(w.temporaries)),
)


def tables(pair: Pair) -> tuple[ComparedTable, ...]:
    """Facts, then the constructor's arguments; where the two differ first."""
    sides = (pair.a, pair.b)
    handling = (_decided(each.evidence.static.sparse.handling) for each in sides)
    sparse = row("sparse", "Sparse gradients", "fact", *handling)
    facts = (sparse, *(_fact(pair, *each) for each in _WORKINGS))
    a, b = ({h.name: h for h in each.evidence.static.hyperparameters} for each in sides)
    names = sorted(a.keys() | b.keys())
    arguments = (row(each, each, "source", _default(a.get(each)), _default(b.get(each))) for each in names)
    return (
        ComparedTable(id="facts", rows=tuple(sorted(facts, key=_same))),
        ComparedTable(id="arguments", rows=tuple(sorted(arguments, key=_same))),
    )


def _fact(
    pair: Pair, identifier: str, label: str, unit: str, read: Callable[[Workings], str | int]
) -> ComparedRow:
    a, b = (_of_workings(each, read) for each in (pair.a, pair.b))
    return row(identifier, label, unit, a, b)


def _of_workings(review: Review, read: Callable[[Workings], str | int]) -> Answer:
    static: StaticEvidence = review.evidence.static
    if static.workings is None:
        return untold("Its record does not hold how its step works.")
    return _decided(read(static.workings))


def _decided(value: str | int) -> Answer:
    return untold("The source does not decide it.") if value == "not decided" else told(value)


def _listed(names: set[str]) -> str:
    return figures.items(sorted(names)) or _NONE


def _default(found: Hyperparameter | None) -> Answer:
    if found is None:
        return untold("Its constructor takes none of that name.", "not-applicable")
    return told("required" if found.default is None else _spelled(found.default))


def _spelled(source: str) -> str:
    """A default with its numbers in one spelling, so that ``1e-3`` is the ``0.001`` that it is."""
    try:
        return _literal(ast.literal_eval(source))
    except (ValueError, SyntaxError, OverflowError, RecursionError, MemoryError):
        return source


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))})"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(float(value)).removesuffix(".0")
    return repr(value)


def _same(each: ComparedRow) -> bool:
    return each.relation == "equal"
