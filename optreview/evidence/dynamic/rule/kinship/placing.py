"""The lines of the code that do what a rule does otherwise than its paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.notation.syntax import Average, Name, Update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optreview.evidence.dynamic.rule.kinship.departures._departure import Departed
    from optreview.evidence.dynamic.rule.kinship.matching import Matching
    from optreview.evidence.dynamic.rule.language import Rule
    from optreview.records import Equations, Location

_MOST_LINES = 8


def placed(one: Departed, paper: Rule, equations: Equations, matching: Matching) -> tuple[Location, ...]:
    """Those that read what is done otherwise; where none does, those of the weights.

    Args:
        one: What is done otherwise.
        paper: Its rule, of whose names ``one`` tells.
        equations: The code's, with the lines behind them.
        matching: Which hyperparameter of the code stands for which of the paper's.
    """
    names = _names(one, paper, equations, matching)
    states = {each.name for each in equations.roles}
    found = {
        source.location
        for line in equations.lines
        if not one.states or line.name in states
        for source in line.sources
        if (line.name == "if" and one.asks)
        or {*source.reads, *(read.removesuffix("'") for read in source.reads)} & names
    }
    if not found:
        lines = [line for line in equations.lines if line.name == "p"]
        found = {source.location for line in lines for source in line.sources}
    return tuple(sorted(found)[:_MOST_LINES])


def _names(one: Departed, paper: Rule, equations: Equations, matching: Matching) -> set[str]:
    """What these lines read, in the code's names."""
    means = dict(_means(paper, equations, matching))
    names = {_told(name, means, matching) for name in one.reads}
    if "t" in names:  # with it a decay corrects; by itself it is that of the running mean
        counters = {each.name for each in equations.roles if each.kind == "counter"}
        names = {"t", *counters, *({_told("lr", means, matching)} & names)}
    return names - {"p"}


def _told(name: str, means: Mapping[str, str], matching: Matching) -> str:
    bare = name.removesuffix("'")
    return str(matching.get(bare, means.get(bare, bare))) + name[len(bare) :]


def _means(paper: Rule, equations: Equations, matching: Matching) -> Iterator[tuple[str, str]]:
    """Running means of the paper's, each with the only one of the code that has its decay."""
    for line in paper.lines:
        if (
            isinstance(line, Update)
            and isinstance(line.value, Average)
            and isinstance(line.value.decay, Name)
        ):
            decay = str(matching.get(line.value.decay.name, line.value.decay.name))
            alike = [each.name for each in equations.roles if (each.kind, each.decay) == ("mean", decay)]
            if len(alike) == 1:
                yield line.name, alike[0]
