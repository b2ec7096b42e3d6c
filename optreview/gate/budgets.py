"""Absolute budgets of a project: what an optimizer may take, whatever it took before."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from optreview.errors import InputError
from optreview.frozen import Frozen
from optreview.gate.difference import SEVEN_BILLION, at_7b, differs
from optreview.records import Breach

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from optreview.records import BaselineClass, BaselineRun, FigureName, ModelShapes, Tolerance
    from optreview.records.gate import ModelFigure

_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ?(?:(x) AdamW|(B) per parameter|(B|KiB|MiB|GiB|TiB))")
#: Budgets are about the path that is taken when nothing is said.
_PATH = "default"
WANTED = (
    "'1.0x AdamW', '8 B per parameter', or a size such as '28 GiB', at seven billion parameters or on the "
    "model that 'on' names"
)


class Amount(Frozen, frozen=True):
    """A limit: so many times what AdamW takes in the same dtype, bytes per parameter, or bytes in all."""

    text: str
    value: float
    of_what: Literal["AdamW", "parameter", "all"]

    @classmethod
    def of(cls, text: str) -> Amount:
        """Read what a project writes.

        Raises:
            InputError: It is no amount.
        """
        found = _AMOUNT.fullmatch(text.strip())
        if found is None:
            raise InputError(f"{text!r} is no budget; write {WANTED}.")
        value, times, each, unit = found.groups()
        if unit:
            return cls(text, float(value) * _UNITS[unit], "all")
        assert times or each
        return cls(text, float(value), "AdamW" if times else "parameter")

    def limit(self, adamw: float, parameter: float, all_of_it: float) -> float:
        """The limit, given what AdamW takes, what a byte for each parameter is, and what a byte in all is."""
        return self.value * {"AdamW": adamw, "parameter": parameter, "all": all_of_it}[self.of_what]


class Budget(Frozen, frozen=True):
    """Limits on the figures of the optimizers that a pattern names, in one dtype or in all.

    Attributes:
        model: Simulated, in the place of the models that are run; in its own dtypes then.
        device: That of the model whose default path is meant; None for each.
    """

    optimizer: str
    limits: Mapping[FigureName | ModelFigure, Amount]
    dtype: Literal["float32", "bfloat16"] | None = None
    model: ModelShapes | None = None
    device: Literal["cpu", "cuda"] | None = None

    def covers(self, name: str) -> bool:
        """Whether it is about this optimizer."""
        return matches(self.optimizer, name)


class Exemption(Frozen, frozen=True):
    """Optimizers that the gate leaves out, and why."""

    optimizer: str
    reason: str


def matches(pattern: str, name: str) -> bool:
    """A pattern is about ``module:Class``, or about the class's name where it has no colon."""
    return fnmatchcase(name if ":" in pattern else name.rpartition(":")[2], pattern)


def check_use(budgets: Sequence[Budget], exempt: Sequence[Exemption], names: Collection[str]) -> None:
    """Refuse what is about no optimizer: it would be thought to guard something.

    Raises:
        InputError: A budget or an exemption matches none of the names.
    """
    kinds = [("budgets", each.optimizer) for each in budgets] + [("exempt", e.optimizer) for e in exempt]
    for key, pattern in kinds:
        if not any(matches(pattern, name) for name in names):
            raise InputError(
                f"tool.optreview.{key} has an entry for {pattern!r}, which matches no optimizer of the "
                "targets or the baseline."
            )


def breaches(
    name: str,
    found: BaselineClass,
    adamw: Mapping[str, BaselineRun],
    budgets: Sequence[Budget],
    tolerance: Tolerance,
) -> tuple[Breach, ...]:
    """The figures of one optimizer that are over a budget, beyond the tolerance."""
    wanted = [budget for budget in budgets if budget.covers(name) and budget.model is None]
    return tuple(each for budget in wanted for each in _over(found, adamw, budget, tolerance))


def _over(
    found: BaselineClass, adamw: Mapping[str, BaselineRun], budget: Budget, tolerance: Tolerance
) -> Iterator[Breach]:
    for run, figures in sorted(found.runs.items()):
        dtype, _, path = run.partition(" ")
        if path != _PATH or budget.dtype not in {None, dtype}:
            continue
        for figure, amount in sorted(budget.limits.items()):
            reference = adamw.get(run)
            if amount.of_what == "AdamW" and reference is None:
                continue
            limit = amount.limit(getattr(reference, figure, 0.0), 1.0, 1 / SEVEN_BILLION)
            value = getattr(figures, figure)
            if value > limit and differs(limit, value, tolerance):
                told = f"{figure} = {amount.text!r} for {budget.optimizer}"
                yield Breach(
                    run=run,
                    figure=figure,  # type: ignore[arg-type]  # only a budget on a model has others
                    budget=told,
                    limit=round(limit, 6),
                    value=value,
                    at_7b=at_7b(value - limit),
                )
