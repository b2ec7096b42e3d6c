"""Update rules that run: read from text, computed in float64, written as text again.

The language is that of ``optreview.notation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.language import evaluation
from optreview.notation import parser, printer
from optreview.notation.faults import RuleError
from optreview.notation.names import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from optreview.notation.names import Names
    from optreview.notation.syntax import Statement


@dataclass(frozen=True)
class Rule:
    """What one step does to one parameter and its state.

    Raises:
        RuleError: A name is read before it is assigned, or is assigned twice.
    """

    lines: tuple[Statement, ...]

    def __post_init__(self) -> None:
        _ = self.names

    @cached_property
    def names(self) -> Names:
        """What it assigns, and what the caller has to bring."""
        return names(self.lines)

    def run(
        self,
        state: Mapping[str, Tensor | float],
        env: Mapping[str, Tensor | float],
        blocks: Mapping[str, Callable[..., Tensor]] | None = None,
    ) -> dict[str, Tensor]:
        """One step in float64.

        Args:
            state: State entries and the parameter, before the step.
            env: Gradient, number of the step, hyperparameters.
            blocks: Implementations of functions that are not the language's own.

        Returns:
            All of the state after the step; scalars are tensors without dimensions.

        Raises:
            RuleError: A name has no value, or a value cannot be computed.
        """
        if clash := sorted(state.keys() & env.keys()):
            raise RuleError(f"{clash[0]!r} is given as state and as a value of the caller's.")
        before = {name: evaluation.double(value) for name, value in state.items()}
        others = {name: evaluation.double(value) for name, value in env.items()}
        step = evaluation.Step({**others, **before}, {}, {}, blocks or {})
        evaluation.run(self.lines, step)
        return {**before, **step.new}


def parse(text: str) -> Rule:
    """Read a rule.

    Raises:
        RuleError: The text does not follow the language; the sentence names line and column.
    """
    return Rule(parser.statements(text))


def render(rule: Rule) -> str:
    """Write a rule as text that ``parse`` reads as the same rule."""
    return printer.text(rule.lines)
