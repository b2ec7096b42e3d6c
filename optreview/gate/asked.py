"""What a project wants to know of its optimizers besides their memory on the usual models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from optreview.gate.budgets import matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.gate.budgets import Budget
    from optreview.records import ModelShapes
    from optreview.selection import Selection


class Wanted(NamedTuple):
    """The same of one optimizer."""

    probes: bool
    lint: bool
    models: tuple[ModelShapes, ...]


@dataclass(frozen=True)
class Asked:
    """What to find out.

    Attributes:
        probes: Ask the probes.
        lint: Which findings of the rules count; None to run no rule.
        models: Models to simulate the optimizers on that a pattern names.
    """

    probes: bool = False
    lint: Selection | None = None
    models: tuple[tuple[str, ModelShapes], ...] = ()

    @classmethod
    def by(cls, budgets: Sequence[Budget], *, probes: bool = False, lint: Selection | None = None) -> Asked:
        """With the models that budgets are about."""
        models = [(each.optimizer, each.model) for each in budgets if each.model is not None]
        return cls(probes, lint, tuple(models))

    def of(self, name: str) -> Wanted:
        """What is wanted of an optimizer."""
        found = {model.name: model for pattern, model in self.models if matches(pattern, name)}
        models = tuple(found[each] for each in sorted(found))
        return Wanted(probes=self.probes, lint=self.lint is not None, models=models)

    @property
    def simulates(self) -> bool:
        """Whether any optimizer is simulated."""
        return bool(self.models)
