"""The optimizer that a wrapper is given: the job's own in what is recommended, whatever it was run around."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.judgement import catalogue, scaling
from optreview.judgement.literals import literal

if TYPE_CHECKING:
    from optreview.records import Tier, UseCase

_PACKAGE = "torch.optim"
_BUILT = re.compile(r"torch\.optim\.\w+\((?P<parameters>.+), lr=[\d.e-]+\)\Z")
_CLASS = re.compile(r"torch\.optim\.\w+\Z")


class Inner(Frozen, frozen=True):
    """The job's optimizer: its class, its rate at a tier's batch, and how that came about."""

    source: str
    lr: str
    weight_decay: str
    told: str

    def built(self, parameters: str) -> str:
        """The first argument of a constructor, with this one in place of the one in it."""
        return _BUILT.sub(
            lambda found: (
                f"{self.source}({found['parameters']}, lr={self.lr}, weight_decay={self.weight_decay})"
            ),
            parameters,
        )


def of_job(case: UseCase, tier: Tier) -> Inner | None:
    """None where the job's optimizer is none of torch's own."""
    found = catalogue.identify(case.optimizer.name)
    known = catalogue.entry(found.entry) if found else None
    package, _, name = (known.reference.implementation if known and known.reference else "").partition(":")
    if known is None or package != _PACKAGE:
        return None
    usual, factor = case.optimizer, scaling.factor(known, tier.batch / case.batch)
    scaled = f" × {factor:.3g} for batch {tier.batch} instead of {case.batch}" if factor != 1 else ""
    return Inner(
        source=f"{package}.{name}",
        lr=literal(usual.lr * factor),
        weight_decay=literal(usual.weight_decay),
        told=f"{usual.name}'s {literal(usual.lr)}{scaled}",
    )


def is_class(source: str) -> bool:
    """Whether an argument is the class of an optimizer."""
    return _CLASS.match(source) is not None
