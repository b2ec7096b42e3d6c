"""What is told of a rule beyond its text: what its functions compute, how it behaves, and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.evidence.dynamic.failures import quoted
from optreview.evidence.dynamic.phases import LateError, alarm
from optreview.evidence.dynamic.rule.functions import Functions, functions
from optreview.evidence.dynamic.rule.kinship.deviating import paper
from optreview.evidence.dynamic.rule.kinship.invariants import measure
from optreview.evidence.dynamic.rule.kinship.kin import kin
from optreview.evidence.dynamic.rule.kinship.meaning import meanings
from optreview.evidence.dynamic.rule.kinship.subject import of_equations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.dynamic.rule.kinship.deviating import Again
    from optreview.evidence.dynamic.rule.program.settings import Settings
    from optreview.evidence.dynamic.trials.stage import Stage
    from optreview.records import Equations, KnownRule, UpdateRule

#: Seconds for each of the three.
PATIENCE = 30.0


def related(
    stage: Stage, settings: Settings, rule: UpdateRule, known: Sequence[KnownRule], again: Again
) -> UpdateRule:
    """The rule with its invariants, and with its kin or the reason why it has none.

    Args:
        stage: The class and how it is driven.
        settings: Constructor arguments under which the rule was read.
        rule: It.
        known: What it is compared with.
        again: Reads the rule with some of the settings off.
    """
    at_hand: dict[int, Functions] = {}
    try:
        with alarm(PATIENCE):
            told = tuple(_told(stage, settings, each, rule, at_hand) for each in rule.equations)
            rule = structs.replace(rule, equations=told)
    except LateError:
        pass  # the equations stand without
    if not known:
        return rule
    try:
        with alarm(PATIENCE):
            found = kin(rule, known, at_hand)
    except LateError:
        return _alone(
            rule, f"It was compared with no known rule: that took more than {PATIENCE:.0f} seconds."
        )
    except Exception as error:  # noqa: BLE001 - what cannot be compared is told without its kin
        return _alone(rule, f"It was compared with no known rule: {stage.said(error)}.")
    if not found:
        return _alone(rule, "It was compared with no known rule, as it has no equations that can be read.")
    return _beside_paper(structs.replace(rule, kin=found), known, again)


def _beside_paper(rule: UpdateRule, known: Sequence[KnownRule], again: Again) -> UpdateRule:
    """With what it does otherwise than its paper, as far as that can be said."""
    try:
        with alarm(PATIENCE):
            return structs.replace(rule, paper=paper(rule, known, again))
    except (Exception, LateError):  # noqa: BLE001 - the rule and its kin stand without
        return rule


def _alone(rule: UpdateRule, reason: str) -> UpdateRule:
    return structs.replace(rule, alone=quoted(reason))


def _told(
    stage: Stage, settings: Settings, found: Equations, rule: UpdateRule, at_hand: dict[int, Functions]
) -> Equations:
    """With what its functions compute and how it behaves."""
    have = functions(stage, settings, found)
    if have is not None:
        at_hand[found.dimensions] = have
        bare = of_equations(found, rule.settings, have)
        if bare is not None:
            found = structs.replace(found, meanings=meanings(bare))
    subject = of_equations(found, rule.settings, have)
    return found if subject is None else structs.replace(found, invariants=measure(subject, found.dimensions))
