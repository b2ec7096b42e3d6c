"""A rule as it is compared: its lines, what its numbers are, and its normal form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.skeleton import Skeleton, skeleton
from optreview.evidence.dynamic.rule.language import Rule, parse
from optreview.notation.faults import RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optreview.evidence.dynamic.rule.kinship.course import Course
    from optreview.records import Equations, KnownRule, Option

#: Smaller hyperparameters are there against division by zero.
TINY = 1e-4
_INDEX = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Subject:
    """A rule for tensors of some number of dimensions.

    Attributes:
        values: Of its hyperparameters.
        arguments: The constructor's argument, or item of it, behind each: ``betas.0``.
        initial: What state starts from where it is not zero, as texts of the language.
        proven: It is what an implementation computes; a paper's rule counts as proven.
        off: Hyperparameters that are off by default.
        courses: Where it was found to lead, so that it is run once for all that it is compared with.
    """

    rule: Rule
    values: Mapping[str, float]
    arguments: Mapping[str, str]
    initial: Mapping[str, str]
    proven: bool
    off: frozenset[str] = frozenset()
    courses: dict[object, Course | None] = field(default_factory=dict, compare=False)

    @cached_property
    def skeleton(self) -> Skeleton:
        """The normal form."""
        return skeleton(self.rule, self.values)

    @cached_property
    def hyperparameters(self) -> tuple[str, ...]:
        """The names that the caller brings."""
        return tuple(sorted(self.rule.names.read - {"g", "p", "t"}))

    @cached_property
    def tiny(self) -> frozenset[str]:
        """Those against division by zero."""
        found = (
            each
            for each in self.hyperparameters
            if "eps" in each or (0 < abs(self.values.get(each, 1.0)) < TINY and "lr" not in each)
        )
        return frozenset(found)

    @property
    def runs(self) -> bool:
        """Whether it can be run here: a function of the package's has no text."""
        return self.proven and not self.rule.names.blocks


def of_equations(found: Equations, settings: tuple[Option, ...] = ()) -> Subject | None:
    """What was extracted; None where that is no rule."""
    if not found.text:
        return None
    try:
        rule = parse(found.text)
    except RuleError:
        return None
    values = {each.name: float(each.value) for each in found.values}
    arguments = {each.name: each.value.partition(".")[2] for each in found.places}
    switched = {each.name for each in settings}
    return Subject(
        rule=rule,
        values=values,
        arguments={name: place for name, place in arguments.items() if name in values},
        initial={each.name: each.initial for each in found.roles if each.initial},
        proven=found.proof.verdict == "proven",
        off=frozenset(name for name, place in arguments.items() if place in switched),
    )


def of_paper(known: KnownRule) -> Subject | None:
    """The paper's rule; None where the catalogue has none."""
    if not known.paper:
        return None
    rule = parse(known.paper)
    bound = {each.name: _INDEX.sub(r".\1", each.value) for each in known.bind}
    arguments = {name: bound.get(name, name) for name in rule.names.read - {"g", "p", "t"}}
    told: dict[str, float] = {}
    for each in known.equations:
        places = {option.name: option.value.partition(".")[2] for option in each.places}
        told.update({places[value.name]: float(value.value) for value in each.values if value.name in places})
    return Subject(
        rule=rule,
        values={name: told[place] for name, place in arguments.items() if place in told},
        arguments=arguments,
        initial={each.name: each.value for each in known.initial},
        proven=True,
    )
