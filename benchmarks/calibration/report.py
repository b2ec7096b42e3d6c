"""REPORT.md: how scores spread over the calibrated classes, and who stands highest and lowest for what."""

from __future__ import annotations

import statistics
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from optreview.judgement import criteria, rubric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.calibration.tables import Judged
    from optreview.judgement.calibration import Calibration, Figures, Scores
    from optreview.records import Judgement

HERE = Path(__file__).parent
HEAD = """\
# What the scores are calibrated on

Written by `python -m benchmarks.calibration` from `figures.tsv`, in which every class has a line and every
measurement that a criterion reads a column; `--keep FOLDER --held-out FOLDER` measures anew.
`rubrics/calibration.json` comes from the same figures: the control points of criteria that name places, and
the table by which a page says what share of the classes scores less. What stands under "Read" is by hand,
from `readings.toml`: whether a maintainer would accept it, by one reader of the measured reasons. Most
rules were recorded before the comparison with others took today's form, and compared anew with it.

"""
#: How many of the highest and of the lowest are told.
ENDS = 10
_REASONS = 4
_TITLES = {"use_case": "Use case"}


def render(made: Calibration, judged: Sequence[Judged]) -> str:
    """The report as Markdown."""
    notes = tomllib.loads((HERE / "readings.toml").read_text(encoding="utf-8"))
    parts = [HEAD, *_packages(made), *_spread(made), *_releases(judged), *_hand_written(judged, notes)]
    for name in ("final", "elegance", "memory", "optimization", "novelty", "use_case"):
        parts += _ends(name, judged, notes.get(name, {}))
    return "\n".join([*parts, *_criteria(made)]) + "\n"


def _title(name: str) -> str:
    return _TITLES.get(name, name.capitalize())


def _packages(made: Calibration) -> Iterator[str]:
    told = ", ".join(f"{each.name} {each.version} ({each.classes})" for each in made.packages)
    yield f"Rubric {made.rubric_version}; {made.classes} classes of {len(made.packages)} packages: {told}."
    run = made.dimensions["memory"].classes
    yield (
        f"Memory was measured of {run}; the others were refused, or were read and not run, so that they "
        "count for elegance alone.\n"
    )


def _spread(made: Calibration) -> Iterator[str]:
    yield "## Spread\n"
    yield (
        "Between two columns lies a tenth of the classes. σ is the standard deviation; the last column is "
        "the value that most classes have, and how many.\n"
    )
    heads = " | ".join(["least", *(f"{tenth}0%" for tenth in range(1, 10)), "most"])
    yield f"| Score | Classes | {heads} | σ | AdamW | Most frequent |"
    yield "|" + "---|" * 16
    for name, table in made.dimensions.items():
        values = _values(table)
        cuts = [values[round(tenth / 10 * (len(values) - 1))] for tenth in range(11)]
        value, number = max(table.scores, key=lambda pair: (pair[1], pair[0]))
        cells = " | ".join(f"{cut:.1f}" for cut in cuts)
        yield (
            f"| {_title(name)} | {table.classes} | {cells} | {statistics.pstdev(values):.2f} | "
            f"{table.reference} | {value} ({number}) |"
        )
    yield ""
    yield "```text"
    for name, table in made.dimensions.items():
        yield f"{_title(name)}: classes by score, rounded down"
        values = _values(table)
        for low in range(11):
            number = sum(int(value) == low for value in values)
            yield f"{low:3d} {'#' * round(number / 2) or ('.' if number else '')} {number}"
    yield "```\n"


def _values(table: Scores) -> list[float]:
    return [score for score, number in table.scores for _ in range(number)]


def _releases(judged: Sequence[Judged]) -> Iterator[str]:
    yield "## One rule, three releases\n"
    yield "AdaBelief, by package; reasons are what costs its elegance most.\n"
    yield "| Package | Elegance | Memory | Optimization | Final | Reasons |\n|---|---|---|---|---|---|"
    found = [each for each in judged if each.row.class_name == "AdaBelief"]
    for each in sorted(found, key=lambda e: -(e.value("elegance") or 0.0)):
        scores = " | ".join(str(each.value(name)) for name in ("elegance", "memory", "optimization", "final"))
        yield f"| {each.row.distribution} | {scores} | {_reasons(each, 'elegance')} |"
    yield ""


def _hand_written(judged: Sequence[Judged], notes: dict[str, dict[str, object]]) -> Iterator[str]:
    """Scores beside those of reviews that were written without measuring."""
    yield "## Beside reviews that measured nothing\n"
    yield "Two reviews of pytorch_optimizer's classes, written from the source alone, gave other scores.\n"
    yield "| Class | Score | Theirs | Here | Why |\n|---|---|---|---|---|"
    known = {each.row.name: each for each in judged}
    for name, entries in notes["unmeasured"].items():
        assert isinstance(entries, list)
        for entry in entries:
            own = known[name].value(entry["score"])
            cls = name.rpartition(":")[2]
            yield f"| {cls} | {_title(entry['score'])} | {entry['theirs']} | {own} | {entry['why']} |"
    yield ""


def _ends(name: str, judged: Sequence[Judged], read: dict[str, object]) -> Iterator[str]:
    scored = [each for each in judged if each.value(name) is not None]
    ranked = sorted(
        scored, key=lambda each: (-(each.value(name) or 0.0), each.row.distribution, each.row.name)
    )
    for heading, found in (("highest", ranked[:ENDS]), ("lowest", ranked[-ENDS:][::-1])):
        yield f"## {_title(name)}: the ten {heading}\n"
        yield "| Class | Package | Score | Covered | What costs points | Read |\n|---|---|---|---|---|---|"
        for each in found:
            told = read.get(f"{each.row.distribution}:{each.row.class_name}", "")
            yield (
                f"| {each.row.class_name} | {each.row.distribution} | {each.value(name)} | "
                f"{each.scores[name].coverage:.0%} | {_reasons(each, name)} | {told} |"
            )
        yield ""


def _reasons(judged: Judged, name: str) -> str:
    """What costs the score most: the criterion, what was measured, and the points of the score lost."""
    if name == "final":
        scores = (f"{_title(d)} {s.value}" for d, s in judged.scores.items() if d != "final")
        return ", ".join(scores)
    own = [each for each in judged.judgements if each.dimension == name and each.points is not None]
    weight = sum(each.weight for each in own)
    lost = sorted(((10 - (e.points or 0.0)) * e.weight / weight, e.criterion, e) for e in own)[::-1]
    told = [f"{c} {_told(e)} (−{points:.1f})" for points, c, e in lost[:_REASONS] if points >= 0.1]
    return ", ".join(told) or "nothing"


def _told(judgement: Judgement) -> str:
    value = judgement.value
    return f"{value:.3g}" if isinstance(value, float) else str(value).lower()


def _criteria(made: Calibration) -> Iterator[str]:
    yield "## What is measured\n"
    yield (
        "Numbers by tenths, words by count. Points are at these values; a criterion by place has them from "
        "these tenths.\n"
    )
    yield "| Criterion | Reads | Classes | AdamW | Values | Points |\n|---|---|---|---|---|---|"
    for each in rubric.needed(criteria.read()):
        found = made.criteria[each.id]
        steps = found.points or each.points
        points = ", ".join(f"{given:g} at {value:g}" for value, given in steps) or ", ".join(
            f"{given:g} for {level}" for level, given in each.levels.items()
        )
        reads = each.reads.replace("+", " + ")
        yield (
            f"| {each.dimension}: {each.id} | {reads} | {found.classes} | {_plain(found.reference)} | "
            f"{_cells(found)} | {points} |"
        )


def _cells(found: Figures) -> str:
    if found.levels:
        return ", ".join(f"{level} {number}" for level, number in found.levels.items())
    return " ".join(f"{cut:g}" for cut in found.tenths)


def _plain(value: float | bool | str | None) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value).lower()
