"""Where the options of a signature come from, each with what it was measured to add to the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from optreview.frozen import Frozen
from optreview.judgement import options, showing

if TYPE_CHECKING:
    from optreview.judgement.options import Idea
    from optreview.judgement.showing import Shown
    from optreview.records import Evidence
    from optreview.report.view.memory import MemoryView

#: Lines of the list; ``optreview explain`` tells of the rest.
MOST = 8


class Cost(Frozen, frozen=True):
    """What one setting adds to the state.

    Attributes:
        setting: The option, as source text.
        change: A signed multiple of the parameters' bytes, or bytes, or ``none``.
        added: The same as a number, for the order.
        beside: What else was set, as source text.
        alone_idle: By itself it moved no weight, so other settings may be what lets it add state.
    """

    setting: str
    change: str
    added: float = 0.0
    beside: str = ""
    alone_idle: bool = False

    @property
    def words(self) -> str:
        """The change as the end of a sentence."""
        if self.change == "none":
            return f"adds no state{' by itself' if self.alone_idle else ''}"
        amount = self.change[1:]
        size = f"{amount} the parameters of state" if amount.endswith("×") else f"{amount} of state"
        return f"{'adds' if self.change[0] == '+' else 'saves'} {size}"


class Origin(Frozen, frozen=True):
    """An idea that the signature has by name.

    Attributes:
        cost: None where it was not measured.
        shown: What shows that the class means this by the name; None where the name alone says it.
        told: The title of an earlier line that has the same paper.
    """

    idea: Idea
    names: tuple[str, ...]
    cost: Cost | None
    shown: Shown | None = None
    told: str | None = None


class OriginsView(Frozen, frozen=True):
    """The lines of the list, costly and published ones first, and the names that found no room."""

    lines: tuple[Origin, ...]
    rest: tuple[str, ...]


def build(evidence: Evidence, memory: MemoryView | None) -> OriginsView:
    """Options, and what has a paper, of the signature and of what was run beside it through ``**kwargs``."""
    costs = _costs(memory) if memory else {}
    names = (*(h.name for h in evidence.static.hyperparameters), *costs)
    found = [
        Origin(idea, claimed, _dearest(claimed, costs), showing.shown(idea.shown or "", claimed, evidence))
        for idea, claimed in options.claims(names)
        if idea.kind == "option" or idea.paper
    ]
    ordered = sorted(found, key=_place)
    rest = tuple(name for each in ordered[MOST:] for name in each.names)
    return OriginsView(_each_paper_once(ordered[:MOST]), rest)


def _place(origin: Origin) -> tuple[float, bool, bool]:
    """What costs state first, then what was published, and of that the options."""
    added = origin.cost.added if origin.cost else 0.0
    return -max(added, 0.0), origin.idea.paper is None, origin.idea.kind != "option"


def _each_paper_once(lines: list[Origin]) -> tuple[Origin, ...]:
    first: dict[str, str] = {}
    for line in lines:
        if line.idea.url:
            first.setdefault(line.idea.url, line.idea.title)
    told = [first.get(line.idea.url or "") for line in lines]
    return tuple(
        structs.replace(line, told=title if title != line.idea.title else None)
        for line, title in zip(lines, told, strict=True)
    )


def _dearest(names: tuple[str, ...], costs: dict[str, list[Cost]]) -> Cost | None:
    found = [cost for name in names for cost in costs.get(name, ())]
    return max(found, key=lambda cost: cost.added, default=None)


def _costs(memory: MemoryView) -> dict[str, list[Cost]]:
    """What was measured, by the option's name."""
    found: dict[str, list[Cost]] = {}
    for row in memory.options:
        cost = Cost(
            f"{row.name}={row.value}",
            row.state_change,
            row.added,
            alone_idle=row.effect.verdict not in {"yes", "not decided"},
        )
        found.setdefault(row.name, []).append(cost)
    for failed in memory.failed_options:
        if failed.beside:
            option = failed.tried.option
            cost = Cost(f"{option.name}={option.value}", failed.state_change, beside=failed.beside)
            found.setdefault(option.name, []).append(cost)
    return found
