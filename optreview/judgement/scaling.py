"""What published rules make of another batch size: ``rubrics/batch_rules.toml``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from optreview import resources
from optreview.judgement import datafiles
from optreview.judgement.literals import literal
from optreview.records import BatchRule

if TYPE_CHECKING:
    from optreview.judgement.catalogue import Entry

_Scaling = Literal["sqrt", "linear", "none"]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule: the learning rate times a power of the ratio of batches; without one, beta2 to the ratio."""

    id: str
    title: str
    source: str
    follows: tuple[_Scaling, ...]
    concerns: tuple[_Scaling, ...]
    power: float | None = None


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[Rule, ...]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, the one that adaptive methods follow first."""
    return datafiles.decode(resources.rubrics() / "batch_rules.toml", _Rules).rules


def factor(known: Entry, ratio: float) -> float:
    """What the rule that an optimizer follows multiplies its learning rate by; 1 where none is published."""
    followed = next((r for r in rules() if known.scaling in r.follows and r.power is not None), None)
    return 1.0 if followed is None or followed.power is None else float(ratio**followed.power)


def told(known: Entry, rate: float, ratio: float, beta2: float | None) -> tuple[BatchRule, ...]:
    """What each rule that concerns the optimizer says; nothing where the batch stays the same.

    ``rate`` is the converted learning rate at the use case's own batch, ``beta2`` the second moment's decay.
    """
    if ratio == 1:
        return ()
    found = []
    for rule in rules():
        if known.scaling not in rule.concerns:
            continue
        if rule.power is not None:
            says = f"lr={literal(rate * ratio**rule.power)}"
        elif beta2 is not None:
            says = f"lr={literal(rate)}, beta2={beta2**ratio:.5g}"
        else:
            continue
        followed = known.scaling in rule.follows
        found.append(BatchRule(title=rule.title, says=says, source=rule.source, followed=followed))
    return tuple(found)


def square_root(ratio: float) -> float:
    """What the rule of adaptive methods makes of a learning rate."""
    return float(ratio**0.5)
