"""How memory grows with the sides of a matrix: a formula, solved on some sizes and checked on others.

It describes; the simulated models say what is needed. Thresholds, ranks and blocks make formulas fail at
sizes that nobody tried.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from optreview.evidence.dynamic.scale.run import Scene, simulate
from optreview.records import ModelShapes, ModelTensor, ScalingLaw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optreview.evidence.dynamic.memory.run import Subject
    from optreview.evidence.dynamic.plan import Plan
    from optreview.records import ScaleRun

    Size = tuple[int, int]

#: Rows and columns of m by n matrices, m below n. As many as the formula has terms, so placed that they tell
#: the terms apart; then those that have to agree with it.
_SOLVED: tuple[Size, ...] = ((320, 1344), (640, 1344), (960, 1344), (320, 1792), (320, 2240), (640, 1792))
_CHECKED: tuple[Size, ...] = ((512, 1600), (768, 2048), (1024, 3072))
_TERMS: dict[str, Callable[[int, int], int]] = {
    "m*n": lambda m, n: m * n,
    "m*m": lambda m, _: m * m,
    "n*n": lambda _, n: n * n,
    "m": lambda m, _: m,
    "n": lambda _, n: n,
    "1": lambda *_: 1,
}


def laws(subject: Subject, plan: Plan) -> tuple[ScalingLaw, ...]:
    """Formulas for state and step peak in bytes, in float32 on the CPU; none where memory comes to no rest.

    Raises:
        UnansweredError: A size could not be simulated.
        BuildError: The constructor raised.
    """
    runs: dict[Size, ScaleRun] = {}
    for size in (*_SOLVED, *_CHECKED):
        runs[size] = simulate(subject, plan, Scene(model=_matrix(size)))
        if not runs[size].settled:
            return ()
    state = {size: run.state_bytes for size, run in runs.items()}
    peak = {size: run.peak_transient_bytes for size, run in runs.items()}
    return (_law("state", state), _law("step peak", peak))


def _matrix(size: Size) -> ModelShapes:
    tensor = ModelTensor(name="weight", shape=size, dtype="float32")
    return ModelShapes(name="matrix", title="Matrix", tensors=(tensor,))


def _law(quantity: Literal["state", "step peak"], found: dict[Size, int]) -> ScalingLaw:
    rows = [[*(Fraction(term(*size)) for term in _TERMS.values()), Fraction(found[size])] for size in _SOLVED]
    solution = _solve(rows)
    residuals = [
        sum(c * term(*size) for c, term in zip(solution, _TERMS.values(), strict=True)) - found[size]
        for size in _CHECKED
    ]
    return ScalingLaw(
        quantity=quantity,
        bytes_by_term={term: float(c) for term, c in zip(_TERMS, solution, strict=True) if c},
        exact=not any(residuals),
    )


def _solve(rows: Sequence[list[Fraction]]) -> list[Fraction]:
    """Gauss and Jordan's elimination, exactly; the sizes are chosen so that there is one solution."""
    rows = [list(row) for row in rows]
    for column in range(len(rows)):
        pivot = next(row for row in rows[column:] if row[column])
        rows.remove(pivot)
        pivot = [value / pivot[column] for value in pivot]
        rows = [[v - row[column] * p for v, p in zip(row, pivot, strict=True)] for row in rows]
        rows.insert(column, pivot)
    return [row[-1] for row in rows]
