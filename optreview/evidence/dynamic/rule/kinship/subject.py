"""A rule as it is compared: its lines, what its numbers are, and its normal form."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.oracles import ORACLES
from optreview.evidence.dynamic.rule.kinship.prints import same
from optreview.evidence.dynamic.rule.kinship.skeleton import Skeleton, skeleton
from optreview.evidence.dynamic.rule.kinship.substitution import renamed, substituted
from optreview.evidence.dynamic.rule.language import Rule, parse
from optreview.notation.faults import RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from optreview.evidence.dynamic.rule.functions import Functions
    from optreview.evidence.dynamic.rule.kinship.course import Course
    from optreview.records import Equations, Invariants, KnownRule, Meaning, Option

#: Smaller hyperparameters are there against division by zero.
TINY = 1e-4
_NONE = 1e-12
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
        blocks: What computes the functions in it that have no text.
        meanings: What is known of them, by name.
        shape: Of the only tensor on which these can be run; None where there are none.
        invariants: Measured, so that they are once for all of them.
        courses: Where it was found to lead, so that it is run once for all that it is compared with.
    """

    rule: Rule
    values: Mapping[str, float]
    arguments: Mapping[str, str]
    initial: Mapping[str, str]
    proven: bool
    off: frozenset[str] = frozenset()
    blocks: Mapping[str, Callable[..., Tensor]] = field(default_factory=dict, compare=False)
    meanings: Mapping[str, Meaning] = field(default_factory=dict, compare=False)
    shape: tuple[int, ...] | None = None
    courses: dict[object, Course | None] = field(default_factory=dict, compare=False)
    invariants: dict[object, Invariants | None] = field(default_factory=dict, compare=False)

    @cached_property
    def skeleton(self) -> Skeleton:
        """The normal form; a function goes by what it computes, where that is known."""
        names = {name: each.property for name, each in self.meanings.items() if each.property}
        # a multiple of what is against division by zero is no number of its own
        values = {**self.values, **dict.fromkeys(self.tiny & self.values.keys(), _NONE)}
        return skeleton(renamed(self.rule, names), values)

    @cached_property
    def fixed(self) -> frozenset[str]:
        """State that no line changes, such as where the parameter started."""
        return frozenset(self.rule.names.read & self.initial.keys())

    @cached_property
    def hyperparameters(self) -> tuple[str, ...]:
        """The names that the caller brings, for the lines or for what state starts at."""
        wanted = self.rule.names.read | (_started(self.initial) & self.arguments.keys())
        return tuple(sorted(wanted - {"g", "p", "t"} - self.fixed - self.rule.names.state))

    @cached_property
    def tiny(self) -> frozenset[str]:
        """Those against division by zero."""
        found = (
            each
            for each in self.hyperparameters
            if "eps" in f"{each} {self.arguments.get(each, '')}"
            or (0 < abs(self.values.get(each, 1.0)) < TINY and "lr" not in each)
        )
        return frozenset(found)

    @property
    def runs(self) -> bool:
        """Whether it can be run here: all of its functions are at hand."""
        return self.proven and not self.unknown

    @property
    def unknown(self) -> tuple[str, ...]:
        """Functions of the package's, or torch's, that are not at hand."""
        return tuple(sorted(self.rule.names.blocks - self.blocks.keys() - ORACLES))


def of_equations(
    found: Equations, settings: tuple[Option, ...] = (), functions: Functions | None = None
) -> Subject | None:
    """What was extracted; None where that is no rule.

    Args:
        found: The equations; a function with a text of its own is replaced by that.
        settings: Constructor arguments that were switched on for them.
        functions: Those of it that have no text.
    """
    if not found.text:
        return None
    try:
        texts = {each.block: each.text for each in found.meanings if each.text}
        rule = substituted(parse(found.text), texts)
    except RuleError:
        return None
    left = rule.names.blocks
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
        blocks={} if functions is None else {n: b for n, b in functions.blocks.items() if n in left},
        meanings={each.block: each for each in found.meanings if each.block in left},
        shape=functions.shape if functions is not None and left - ORACLES else None,
    )


def lent(known: Subject, subject: Subject) -> tuple[Subject, tuple[str, ...]]:
    """The known rule with the other's functions where they compute the same, so that it can be run.

    Args:
        known: A rule some of whose functions are not at hand.
        subject: The one that it is compared with.

    Returns:
        It, and in words where a function only has the same property.
    """
    blocks, said = dict(known.blocks), []
    for name in known.unknown:
        theirs = known.meanings.get(name)
        if theirs is None:
            continue
        for mine in subject.meanings.values():
            if mine.block not in subject.blocks:
                continue
            if same(mine, theirs):
                blocks[name] = subject.blocks[mine.block]
                break
            if mine.property and mine.property == theirs.property:
                blocks[name] = subject.blocks[mine.block]
                said.append(f"{mine.block} is {mine.says}; there {name} is {theirs.says}, in other numbers")
                break
    if blocks.keys() == known.blocks.keys():
        return known, ()
    return replace(known, blocks=blocks, shape=subject.shape, courses={}, invariants={}), tuple(said)


def of_paper(known: KnownRule) -> Subject | None:
    """The paper's rule; None where the catalogue has none."""
    if not known.paper:
        return None
    rule = parse(known.paper)
    bound = {each.name: _INDEX.sub(r".\1", each.value) for each in known.bind}
    initial = {each.name: each.value for each in known.initial}
    wanted = (rule.names.read - initial.keys()) | (_started(initial) - rule.names.state)
    arguments = {name: bound.get(name, name) for name in wanted - {"g", "p", "t"}}
    told: dict[str, float] = {}
    for each in known.equations:
        places = {option.name: option.value.partition(".")[2] for option in each.places}
        told.update({places[value.name]: float(value.value) for value in each.values if value.name in places})
    return Subject(
        rule=rule,
        values={name: told[place] for name, place in arguments.items() if place in told},
        arguments=arguments,
        initial=initial,
        proven=True,
    )


def _started(initial: Mapping[str, str]) -> set[str]:
    """What the texts read that say what state starts at."""
    found: set[str] = set()
    for text in initial.values():
        with suppress(RuleError):  # a sentence, where no value was recognised
            found |= parse(f"x ← {text}").names.read
    return found
