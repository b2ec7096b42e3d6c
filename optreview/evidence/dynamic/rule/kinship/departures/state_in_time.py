"""Whether a state entry is read before or after it is renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed, Departure, ruled
from optreview.evidence.dynamic.rule.kinship.rewriting import one_by_one
from optreview.notation.syntax import Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.rule.kinship.subject import Subject
    from optreview.notation.syntax import Expression


class StateInTime(Departure):
    """A state entry is read as it was before the step, or as it is after it."""

    def variants(self, paper: Subject, code: Subject) -> Iterator[Departed]:  # noqa: ARG002
        """Each reading of each entry at the other time."""
        for name in sorted(paper.rule.names.state - {"p"}):
            for new in (True, False):

                def turned(node: Expression, name: str = name, new: bool = new) -> Expression | None:
                    return Name(name, new=not new) if node == Name(name, new=new) else None

                for lines in one_by_one(paper.rule.lines, turned):
                    rule = ruled(lines)
                    if rule is not None:
                        times = ("after", "before") if new else ("before", "after")
                        yield Departed(
                            rule,
                            f"takes {name} as it is {times[0]} the step",
                            f"takes it as it is {times[1]} the step",
                            states=frozenset({name}),
                        )
