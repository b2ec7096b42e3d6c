"""The search space as the page shows it, with what became of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.report.escaping import Markdown, prose
from optreview.report.view.advice import tried

if TYPE_CHECKING:
    from optreview.records import Evidence, Judged, SearchSpace


class Search(Frozen, frozen=True):
    """``space`` is None where there is nothing to search; the others say what became of the lines."""

    space: SearchSpace | None
    optuna: Markdown
    ray: Markdown


def build(evidence: Evidence, judged: Judged) -> Search:
    """The space of a record; those made before version 1.5 get it when they are judged anew."""
    space = judged.search
    texts = (space.optuna, space.ray) if space else ("", "")
    return Search(space, *(_outcome(evidence, text) for text in texts))


def _outcome(evidence: Evidence, text: str) -> Markdown:
    found = tried(evidence, text)
    if found is None:
        return Markdown("not run here")
    if found.outcome == "ran":
        return Markdown("run in the box with a stand-in that tries both ends of every range")
    return Markdown(f"run in the box with a stand-in, and it failed: {prose(found.reason.rstrip('.'))}")
