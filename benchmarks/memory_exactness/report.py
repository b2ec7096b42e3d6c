"""The report: figures by package, closed forms, and every exception by name."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.memory_exactness.compare import DRAWS, MODELS
from optreview.evidence.dynamic.scale.run import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.memory_exactness.closed_forms import Form
    from benchmarks.memory_exactness.compare import Case
    from benchmarks.static_accuracy.corpus import Package

    Results = Sequence[tuple[Package, Sequence[Case]]]
    Forms = Sequence[tuple[Form, tuple[int, int]]]

REASONS: dict[str, str] = tomllib.loads(Path(__file__).with_name("reasons.toml").read_text(encoding="utf-8"))
#: The share of the classes that run to be equal in every step of every scene: of all of them, and of those
#: whose memory shapes decide.
GOAL = 0.98

_HEAD = """\
# How exact the simulated memory is

Written by `make memory-exactness`. Every optimizer class is simulated and run, each in a process of its own,
on {count} models ({names})
whose shapes the simulator's own check does not have, at the defaults and, where there is the option, the
first with `foreach=True`: each a scene. The real run draws other values than the simulation's rehearsal.
After every one of {steps} steps (fewer where a step dispatches very many operations) the bytes of state, and
the step's peak above what is live at its end, are compared. A simulation takes every kind of step once;
the others are foretold to be as the first of their kind.

*Equal* means: to the byte, both figures, in every step of every scene in which the class runs. Scenes in
which the real run raises are listed at the end and counted nowhere.

*By values* means: not equal, and not to be foretold. Every scene in which the simulation is off is run
{draws} more times on the same shapes with other weights and gradients, and in one at least these real runs
take other bytes than each other: no figure from shapes alone can be right for them all.
"""


def render(results: Results, forms: Forms) -> str:
    """The whole report as Markdown."""
    names = ", ".join(each.name.replace(",", " in") for each in MODELS)
    parts = [
        _HEAD.format(count=len(MODELS), names=names, steps=STEPS, draws=len(DRAWS)),
        _table(results),
        _closed(forms),
    ]
    every = [case for _, cases in results for case in cases]
    off = [case for case in every if case.verdict in ("off", "not simulated")]
    parts.append(_exceptions("Not equal", off))
    parts.append(_exceptions("Decided by values", [case for case in every if case.verdict == "by values"]))
    parts.append(_refused(c for c in every if c.verdict == "does not run"))
    parts.append(_partly(c for c in every if c.verdict not in ("does not run", "not measured")))
    return "\n".join(part for part in parts if part)


def _table(results: Results) -> str:
    rows = [
        "| Package | Version | Classes | Not measured | Run | Equal | By values | Off | Not simulated "
        "| Scenes | Equal |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    total: Counter[str] = Counter()
    for package, cases in results:
        found = _counts(cases)
        total.update(found)
        name = f"{package.name} (held out)" if package.held_out else package.name
        rows.append(_row(name, package.version, found))
    rows.append(_row("**all**", "", total))
    rows.append(f"\n{_shares(total)}\n")
    if total["not measured"]:
        rows.append(
            f"The measurement was cut short: {total['not measured']} classes are not in these figures.\n"
        )
    return "\n".join(rows)


_COUNTED = (
    "classes",
    "not measured",
    "run",
    "equal",
    "by values",
    "off",
    "not simulated",
    "scenes",
    "scenes equal",
)


def _shares(total: Counter[str]) -> str:
    run, decided = total["run"], total["run"] - total["by values"]
    lines = [f"Equal: {total['equal']} of all {run} classes that run, {_share(total['equal'], run)}."]
    if decided < run:
        share = _share(total["equal"], decided)
        lines.append(f"Equal: {total['equal']} of the {decided} whose memory shapes decide, {share}.")
    return "\n".join([*lines, f"The goal is {GOAL:.0%}."])


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.1%}"


def _row(name: str, version: str, found: Counter[str]) -> str:
    return f"| {name} | {version} | " + " | ".join(str(found[key]) for key in _COUNTED) + " |"


def _counts(cases: Sequence[Case]) -> Counter[str]:
    found = Counter({"classes": len(cases)})
    for case in cases:
        found["run"] += bool(case.ran)
        found[case.verdict] += 1
        found["scenes"] += len(case.ran)
        found["scenes equal"] += sum(scene.verdict == "equal" for scene in case.ran)
    return found


def _closed(forms: Forms) -> str:
    rows = [
        "## Seven billion parameters, by hand and simulated\n",
        "The formulas of `closed_forms.py` are written down from the update rules and the shapes of LLaMA",
        "7B; P is the bytes of the parameters. Bytes of state, and of the peak of a steady step above what",
        "is live at its end.\n",
        "| Optimizer | dtype | State | by hand | simulated | Peak by hand | simulated |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for form, (state, peak) in forms:
        options = "".join(f", {each.name}={each.value}" for each in form.options)
        path = "" if form.path == "default" else f", {form.path}"
        by_hand = "–" if form.peak is None else f"{form.evaluate(form.peak):,}"
        figures = f"{form.evaluate(form.state):,} | {state:,} | {by_hand} | {peak:,}"
        rows.append(f"| {form.target}{options}{path} | {form.dtype} | {form.equation} | {figures} |")
    return "\n".join(rows) + "\n"


def _exceptions(title: str, cases: Iterable[Case]) -> str:
    lines = []
    for case in sorted(cases, key=lambda each: each.name):
        lines.append(f"- {case.name}: {REASONS.get(case.name, 'not yet read by hand')}")
        lines += [f"    - {scene.words}" for scene in case.ran if scene.verdict != "equal"]
    return f"## {title}\n\n" + "\n".join(lines) + "\n" if lines else ""


def _refused(cases: Iterable[Case]) -> str:
    lines = [f"- {case.name}: {_why(case)}" for case in cases]
    return "## Not run\n\n" + "\n".join(sorted(lines)) + "\n" if lines else ""


def _why(case: Case) -> str:
    failures = [case.failure, *(scene.real.failure for scene in case.scenes)]
    return next((each.message for each in failures if each is not None), "No scene was reached.")


def _partly(cases: Iterable[Case]) -> str:
    lines = []
    for case in cases:
        lines += [f"- {case.name}: {each.words}" for each in case.scenes if each.verdict == "does not run"]
        lines += [f"- {case.name}: {case.failure.message}"] if case.failure is not None else []
    title = "## Run on some of the models only\n\n"
    return title + "\n".join(sorted(lines)) + "\n" if lines else ""


def missed_goals(results: Results, forms: Forms) -> list[str]:
    """The goals that are not met, in words; what values decide is left out, as no simulation can reach it."""
    every = [case for _, cases in results for case in cases if case.ran and case.verdict != "by values"]
    equal = sum(case.verdict == "equal" for case in every)
    missed = []
    if every and equal / len(every) < GOAL:
        missed.append(
            f"{equal} of {len(every)} classes whose memory shapes decide are equal: below {GOAL:.0%}"
        )
    for form, (state, peak) in forms:
        if state != form.evaluate(form.state) or (form.peak is not None and peak != form.evaluate(form.peak)):
            missed.append(f"{form.target}, {form.path}: not what its formula says")
    return missed
