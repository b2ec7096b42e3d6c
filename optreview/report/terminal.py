"""The summary a person sees in the terminal: scores, memory beside AdamW, what matters, where the page is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from optreview.judgement import rubric
from optreview.judgement.score import FINAL
from optreview.report import environment, figures
from optreview.report.escaping import plain
from optreview.report.view import cost, memory, paper, rule, standing, training, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import RenderableType

    from optreview.records import Deviation, Failure, Review, Score
    from optreview.report.view.memory import MemoryView, RunRow

#: Lines of an update rule that the terminal shows.
_EQUATIONS = 12
#: Up to this many reviews each get a summary of their own; more are listed in one table.
DETAILED = 3


def show(reviews: Sequence[tuple[Review, Path | None]], console: Console) -> None:
    """Print the summary of a run."""
    if len(reviews) > DETAILED:
        console.print(_overview(reviews))
        return
    for review, page in reviews:
        console.print(_detail(review, page))


def _detail(review: Review, page: Path | None) -> RenderableType:
    subject = review.evidence.static.subject
    package = f"{subject.distribution or subject.package} {subject.version or ''}".strip()
    parts: list[RenderableType] = [Text(f"{subject.class_name}  {package}", style="bold"), _scores(review)]
    view = _memory(review)
    if view:
        parts.append(_memory_table(view))
        parts.extend(_option_lines(view))
        parts.extend(_cost_lines(review))
        parts.extend(_training_lines(review))
        parts.extend(_rule_lines(review))
        parts.extend(_paper_lines(review))
    elif review.evidence.not_run:
        parts.append(_not_run(review.evidence.not_run))
    parts.extend(_findings(review))
    parts.extend(_remedies(review))
    joined = review.evidence.joined
    if joined and joined.findings:
        places = figures.count(len(joined.findings), "place")
        parts.append(Text(f"Source and run disagree in {places}; the page says where."))
    if page is not None:
        parts.append(Text(f"Review: {page}"))
    return Group(*parts, Text(""))


def _scores(review: Review) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    titles = {d.id: d.id.replace("_", " ").capitalize() for d in rubric.load().dimensions}
    scores = [s for s in review.judged.scores if s.dimension in titles]
    for score in scores:
        table.add_column(titles[score.dimension], header_style="dim")
    table.add_column("Final", header_style="dim")
    cells = [_score_text(score) for score in scores]
    final = _score_text(review.judged.final)
    final.stylize("bold")
    table.add_row(*cells, final)
    every = [*scores, review.judged.final]
    table.add_row(*(standing.covered(score) for score in every), style="dim")
    if review.judged.final.below is not None:
        table.add_row(*(standing.cell(score).removeprefix(", ") for score in every), style="dim")
    _add_adjusted(table, review, list(titles))
    return table


def _add_adjusted(table: Table, review: Review, dimensions: Sequence[str]) -> None:
    """The scores by the project's own rubric, under the standard ones."""
    adjusted = review.judged.adjusted
    if adjusted is None:
        return
    by_id = {score.dimension: score for score in adjusted.scores}
    every = [*(by_id[each] for each in dimensions if each in by_id), adjusted.final]
    values = ("–" if score.value is None else figures.score(score.value) for score in every)
    table.add_row(*(f"adjusted {value}" for value in values), style="cyan")


def _score_text(score: Score) -> Text:
    if score.value is None:
        return Text("not measured", style="dim")
    style = "green" if score.value >= 8 else "yellow" if score.value >= 5 else "red"
    text = Text(figures.score(score.value), style=style)
    if score.heuristic and score.dimension != FINAL:
        text.append(" (heuristic)", style="dim")
    return text


def _memory(review: Review) -> MemoryView | None:
    evidence = review.evidence
    return memory.build(evidence.static, evidence.dynamic) if evidence.dynamic else None


def _memory_table(view: MemoryView) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Memory over parameters", header_style="dim")
    for title in ("path", "dtype"):
        table.add_column(title, header_style="dim")
    for title in ("state", "first step", "steady step"):
        table.add_column(title, justify="right", header_style="dim")
    for row in view.rows:
        table.add_row(*_memory_cells(row), style=None if row.is_subject else "dim")
    return table


def _memory_cells(row: RunRow) -> tuple[str, ...]:
    ratios = (row.state, row.first_transient, row.steady_transient)
    return (plain(row.optimizer), row.path, row.dtype, *(figures.times(r) for r in ratios))


def _option_lines(view: MemoryView) -> list[Text]:
    return [
        Text(
            f"  {plain(o.name)}={plain(o.value)}: state {figures.times(o.state)} the parameters",
            style="yellow",
        )
        for o in view.options
        if o.costs_state
    ]


def _cost_lines(review: Review) -> list[Text]:
    """What a step costs beside AdamW's on the same path."""
    found = cost.build(review.evidence.dynamic) if review.evidence.dynamic else None
    if found is None or found.moved_over_adamw is None or found.operations_over_adamw is None:
        return []
    operations, moved = figures.times(found.operations_over_adamw), figures.times(found.moved_over_adamw)
    timing = review.evidence.dynamic.timing if review.evidence.dynamic else None
    spent = f", {figures.band(timing.ratio)} the CPU time" if timing else ""
    told = f"A step: {operations} the operations of AdamW on the same path, {moved} the bytes moved{spent}"
    return [Text(told)]


def _training_lines(review: Review) -> list[Text]:
    """How it trained on the small tasks, where that was asked for."""
    found = training.build(review.evidence.dynamic) if review.evidence.dynamic else None
    return [Text(training.summary(found))] if found else []


def _rule_lines(review: Review) -> list[Text]:
    """What a step computes, as text: of a matrix, and how many more kinds of tensors the page has."""
    told = review.evidence.dynamic.rule if review.evidence.dynamic else None
    written = [each for each in told.equations if each.text] if told else []
    if not written:
        return []
    first = written[0]
    proven = "proven" if first.proof.verdict == "proven" else "unproven"
    others = f"; the page has {figures.count(len(written) - 1, 'more kind')} of tensor" if written[1:] else ""
    lines = first.text.splitlines()
    shown = lines[:_EQUATIONS]
    more = (
        [f"… and {figures.count(len(lines) - len(shown), 'more line')} on the page"]
        if lines[_EQUATIONS:]
        else []
    )
    of = f", {rule.kind(first)}," if first.only else ""
    head = Text(f"A step on a parameter p{of} with gradient g ({proven}{others}):")
    return [
        head,
        *(Text(f"  {each}", style="cyan", no_wrap=True, overflow="ellipsis") for each in (*shown, *more)),
    ]


def _paper_lines(review: Review) -> list[Text]:
    """In what it deviates from its paper, one line each."""
    found = paper.build(review.evidence)
    if found is None:
        return []
    if not found.lines:
        return [Text(f"Not what {found.entry.name}'s paper says: apart {found.apart}", style="yellow")]
    own = review.evidence.static.subject.location.file
    return [
        Text(
            f"Deviates from {found.entry.name}'s paper: {each.says}{_where(each.deviation, own)}",
            style="yellow",
        )
        for each in found.lines
    ]


def _where(one: Deviation, own: str) -> str:
    lines = [str(place.line) for place in one.locations if place.file == own]
    return f" ({'line' if len(lines) == 1 else 'lines'} {figures.items(lines)})" if lines else ""


def _not_run(failure: Failure) -> Text:
    return Text(f"Not run: {plain(failure.message)}", style="yellow")


def _findings(review: Review) -> list[Text]:
    """What failed, and what costs a tenth of the final score or more, in the words of the criteria."""
    dimensions = verdict.build(review.judged, rubric.whole(), environment.shared()).values()
    lost = [v for d in dimensions for v in d.weaknesses if v in d.failures or _costly(v)]
    lost.sort(key=lambda v: (-(v.judgement.lost or 0.0), v.criterion.id))
    return [Text(f"  - {verdict.spoken(v)}") for v in lost[:4]]


def _remedies(review: Review) -> list[Text]:
    """What would raise the final score most, best first."""
    return [
        Text(f"  + {gain.points:.1f} {gain.criterion.remedy}", style="green")
        for gain in verdict.gains(review.judged, rubric.whole())[:3]
    ]


def _costly(found: verdict.Verdict) -> bool:
    return found.criterion.effort != "by design" and (found.judgement.gain or 0.0) >= 0.1


def _overview(reviews: Sequence[tuple[Review, Path | None]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Optimizer", header_style="dim")
    for title in ("state/AdamW", "bf16", "step peak"):
        table.add_column(title, justify="right", header_style="dim")
    for dimension in rubric.load().dimensions:
        table.add_column(dimension.title.split()[0], justify="right", header_style="dim")
    table.add_column("Final", justify="right", header_style="dim")
    for review, _ in reviews:
        scores = [*review.judged.scores, review.judged.final]
        cells = ["–" if s.value is None else f"{s.value:.1f}" for s in scores]
        table.add_row(plain(review.evidence.static.subject.class_name), *_overview_memory(review), *cells)
    return table


def _overview_memory(review: Review) -> tuple[str, str, str]:
    view = _memory(review)
    if view is None:
        return ("not run", "", "")
    bf16 = view.state_over_adamw_bf16
    return (
        figures.times(view.state_over_adamw),
        "–" if bf16 is None else figures.times(bf16),
        figures.times(view.peak_over_parameters),
    )
