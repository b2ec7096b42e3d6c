"""The report: figures by question and by package, and every miss by name."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.static_accuracy.compare import compare
from benchmarks.static_accuracy.tally import Tally
from optreview.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.static_accuracy.corpus import Package
    from benchmarks.static_accuracy.truth import Case

    Results = Sequence[tuple[Package, Sequence[Case]]]

HERE = Path(__file__).parent
#: What each question is to reach: precision and recall.
GOALS: dict[str, tuple[float | None, float | None]] = {
    "state keys": (0.97, 0.99),
    "kinds of buffers": (None, None),
    "gates of buffers": (None, None),
    "in-place sites": (0.99, 0.985),
    "roles, exactly": (None, None),
    "roles, among those read": (None, None),
    "gradient writes, by class": (0.98, 0.98),
    "gradient writes, by line": (0.98, 0.98),
    "host reads, by the source alone": (None, None),
    "host reads, after the join with a run at the defaults": (0.9, 0.9),
    "sparse verdict": (0.97, None),
}


def render(results: Results) -> str:
    """The whole report as Markdown."""
    known = [(p, c) for p, c in results if not p.held_out]
    parts = [_HEAD, _packages(results)]
    if known:
        parts += ["## Packages that the interpreter was written with\n", _table(known), _by_package(known)]
    held_out = {number: [(p, c) for p, c in results if p.held_out == number] for number in _SETS}
    for number, found in held_out.items():
        if found:
            title, text, first = _SETS[number]
            parts += [f"## {title}\n\n{text}", _table(found), _by_package(found)]
            parts += [(HERE / first).read_text(encoding="utf-8")]
    parts += [_failures(results), _misses(known, "Misses")]
    parts += [_misses(found, f"Misses, {_SETS[number][0].lower()}") for number, found in held_out.items()]
    return "\n".join(part for part in parts if part)


_HEAD = """\
# How right the reading of the source is

Written by `make static-accuracy`. Every optimizer class is read without running it, then run in the box at
its defaults and with every option that matters, alone and where it takes weight decay or another path to
matter, for up to 12 steps on a small model. A claim of the source is wrong only where its line ran and what
it claims did not happen; where no run came by, it is counted neither way. Precision is the share of the
claims put to the test that passed, recall the share of what happened that was claimed.

A read from device to host counts where the tensor would be on an accelerator if the parameters were. What an
optimizer inside the reviewed one keeps or writes is that one's, and counts for nobody.
"""
_SETS = {
    1: (
        "Held out",
        """\
Packages of `requirements.txt`, chosen without reading them. The figures are those of today's interpreter,
which was mended where this set's first measurement found it wrong.
""",
        "FIRST.md",
    ),
    2: (
        "Held out, second set",
        """\
More packages of `requirements.txt`, chosen when the misses of the first set were known, and before any was
mended: they show what the mending is worth elsewhere. The figures are those of today's interpreter.
""",
        "SECOND.md",
    ),
    3: (
        "Held out, third set",
        """\
More packages of `requirements.txt`, chosen by one line each of the registry's list when the second set's
misses were known. The figures are those of today's interpreter.
""",
        "THIRD.md",
    ),
}


def total(cases: Iterable[Case]) -> dict[str, Tally]:
    """The tallies of many classes together."""
    summed: dict[str, Tally] = defaultdict(Tally)
    for case in cases:
        if not isinstance(case.measured, Failure):
            for question, tally in compare(case).items():
                summed[question].add(tally)
    return summed


def _packages(results: Results) -> str:
    rows = ["| Package | Version | Classes | Run | Configurations |", "|---|---|---:|---:|---:|"]
    for package, cases in results:
        ran = [c.measured for c in cases if not isinstance(c.measured, Failure)]
        traced = sum(len(each.traces) for each in ran)
        name = package.name + (f" ({_SETS[package.held_out][0].lower()})" if package.held_out else "")
        rows.append(f"| {name} | {package.version} | {len(cases)} | {len(ran)} | {traced} |")
    return "\n".join(rows) + "\n"


def _table(results: Results) -> str:
    summed = total(case for _, cases in results for case in cases)
    rows = ["| Question | Precision | Goal | Recall | Goal | Right | Wrong | Found | Missed | Not reached |"]
    rows += ["|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for question, (precise, complete) in GOALS.items():
        t = summed[question]
        cells = (question, _figure(t.precision), _figure(precise), _figure(t.recall), _figure(complete))
        counts = (t.hits, t.wrong, t.found, t.missed, t.unreached)
        rows.append("| " + " | ".join(map(str, (*cells, *counts))) + " |")
    return "\n".join(rows) + "\n"


def _by_package(results: Results) -> str:
    questions = [q for q in GOALS if GOALS[q] != (None, None)]
    rows = ["Precision / recall by package:\n", "| Package | " + " | ".join(questions) + " |"]
    rows.append("|---|" + "---:|" * len(questions))
    for package, cases in results:
        summed = total(cases)
        cells = [f"{_figure(summed[q].precision)} / {_figure(summed[q].recall)}" for q in questions]
        rows.append(f"| {package.name} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _failures(results: Results) -> str:
    lines = [
        f"- {case.evidence.subject.module}:{case.evidence.subject.class_name}: {case.measured.message}"
        for _, cases in results
        for case in cases
        if isinstance(case.measured, Failure)
    ]
    return "## Not run\n\n" + "\n".join(sorted(lines)) + "\n" if lines else ""


def _misses(results: Results, title: str) -> str:
    summed = total(case for _, cases in results for case in cases)
    parts = [f"## {title}\n"]
    for question in GOALS:
        examples = sorted(set(summed[question].examples))
        if examples:
            parts.append(f"### {question[:1].upper()}{question[1:]}\n")
            parts.append("\n".join(f"- {example}" for example in examples) + "\n")
    return "\n".join(parts) if len(parts) > 1 else ""


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def missed_goals(results: Results) -> list[str]:
    """The goals that are not met, in words."""
    summed = total(case for package, cases in results if not package.held_out for case in cases)
    return [
        f"{question}: {name} {_figure(value)} below {goal}"
        for question, goals in GOALS.items()
        for name, value, goal in zip(
            ("precision", "recall"), (summed[question].precision, summed[question].recall), goals, strict=True
        )
        if goal is not None and value is not None and value < goal
    ]
