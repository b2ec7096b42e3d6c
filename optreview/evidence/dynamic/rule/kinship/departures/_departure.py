"""What a way of departing from a paper is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.language import Rule
from optreview.notation.faults import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.rewriting import Lines
    from optreview.evidence.dynamic.rule.kinship.subject import Subject


@dataclass(frozen=True)
class Departed:
    """A paper's rule with something done otherwise.

    Attributes:
        paper: What the paper does, and ``code``: what this rule does instead, as parts of a sentence.
        reads: Names of the rule that the lines in question read; ``t`` for the number of the step, a dash
            after what is read as it is after the step.
        states: Names of what the lines in question assign, where that is more telling.
        asks: The lines in question are those that choose between cases.
        unit: It is undone by a factor on a hyperparameter: the same rule in another unit.
    """

    rule: Rule
    paper: str
    code: str
    reads: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    asks: bool = False
    unit: bool = False


class Departure:
    """Rules that a paper's becomes if something is done otherwise.

    Attributes:
        rank: Of two that explain as much, the lower is told: it says more.
    """

    rank = 0

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:
        """All that can be made of the paper's rule; ``code`` says what names and numbers there are."""
        raise NotImplementedError


def ruled(lines: Lines) -> Rule | None:
    """A rule, None where the lines are none."""
    try:
        return Rule(lines)
    except RuleError:
        return None


def as_subject(paper: Subject, rule: Rule) -> Subject:
    """The paper's with another rule."""
    return replace(paper, rule=rule, courses={})
