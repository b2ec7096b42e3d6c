"""How often a running mean is renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.notation.syntax import Average, Operation, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.subject import Subject


class RenewedTwice(Departure):
    """A running mean is renewed twice in a step, so that its decay is squared."""

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:  # noqa: ARG002
        """Each of them."""
        lines = paper.rule.lines
        for index, line in enumerate(lines):
            if isinstance(line, Update) and isinstance(line.value, Average):
                decay = line.value.decay
                twice = Update(line.name, Average(Operation("*", decay, decay), line.value.value))
                rule = ruled((*lines[:index], twice, *lines[index + 1 :]))
                if rule is not None:
                    states = frozenset({line.name})
                    yield Departed(rule, f"renews {line.name} once a step", "does it twice", states=states)
