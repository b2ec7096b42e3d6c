"""A small language for update rules: one line an assignment, as papers write them, and exact enough to run.

    m ← EMA[beta1](g)
    v ← EMA[beta2](g^2)
    p ← p - lr * (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + eps)

``name ← value`` (or ``<-``) gives a state entry, or the parameter ``p``, its new value; ``name = value``
names a value for later lines of the same step. Lines run in order. On the right a state entry is its value
before the step, and with ``'`` the one that an earlier line has assigned. ``g`` is the gradient and ``t``
the number of the step, 1 in the first; other names are the caller's: hyperparameters. A state entry that no
line assigns is kept.

There are numbers, ``+ - * / ^``, ``@`` for matrices, comparisons, ``and or not``, the functions of
``functions.py``, and ``EMA[b](x)``, b · old + (1 - b) · x, as the whole right side of a ``←`` line. A
reduction takes all elements, or with an axis, ``mean[-1](x)``, those along it; that dimension is kept with
size 1, so that the result fits the tensor again. Any other function is a block, whose implementation the
caller brings. Cases are written ``if condition:`` and ``else:`` with indented lines; a ``#`` begins a
comment.

The text may come from anywhere: nothing of it is executed as Python, and its length and depth are limited.
How large tensors become is not limited.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.language import evaluation, parser, printer
from optreview.evidence.dynamic.rule.language.faults import RuleError
from optreview.evidence.dynamic.rule.language.names import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from optreview.evidence.dynamic.rule.language.names import Names
    from optreview.evidence.dynamic.rule.language.syntax import Statement


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
