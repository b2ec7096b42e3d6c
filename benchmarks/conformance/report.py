"""REPORT.md: outcomes by probe, who fails, and what asking costs."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING

from optreview.evidence.dynamic import conformance
from optreview.evidence.dynamic.conformance import BY_DESIGN, FAIL, OUTCOME, PASS
from optreview.report.escaping import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.conformance.asked import Asked, Took
    from optreview.records import Measurement

#: Seconds on the wall for all quick probes of one optimizer, once the server is warm.
GOAL = 0.5
HEAD = """\
# What the probes answer

Written by `make conformance`. Every concrete optimizer class is driven on the small model in the box, then
every probe is asked. A failure says what the note beside it says and no more; `optreview explain PROBE` tells
what it means to a user, and who differs by design.

"""


def render(packages: Sequence[tuple[str, str, int]], found: Sequence[Asked]) -> str:
    """The whole report.

    Args:
        packages: Names, versions and numbers of classes.
        found: Every class that was asked.
    """
    driven = [each for each in found if each.answers]
    names = ", ".join(f"{name} {version} ({count})" for name, version, count in packages)
    parts = [HEAD, f"{len(driven)} of {len(found)} classes were driven: {names}.\n"]
    parts += ["\n## What asking costs\n\n", *_cost(driven)]
    parts += ["\n## Outcomes\n\n", *_outcomes(driven), "\n## Words\n\n", *_words(driven)]
    parts += ["\n## Who fails\n", *_failing(driven)]
    return "".join(parts)


def _cost(driven: Sequence[Asked]) -> Iterator[str]:
    yield (
        "Seconds on one optimizer with the server warm, beyond driving it; two processes at a time (goal: "
        f"the median of the quick ones below {GOAL} on the wall).\n\n"
    )
    yield "| Probes | Median, wall | Median, CPU | Maximum, wall | Slowest |\n|---|---:|---:|---:|---|\n"
    for label in ("quick", "slow"):
        took: dict[str, Took] = {each.name: getattr(each, label) for each in driven}
        if took:
            slowest = max(took, key=lambda name: took[name].wall)
            wall, cpu = (
                statistics.median(getattr(each, what) for each in took.values()) for what in ("wall", "cpu")
            )
            yield f"| {label} | {wall:.2f} | {cpu:.2f} | {took[slowest].wall:.2f} | `{slowest}` |\n"


def _outcomes(driven: Sequence[Asked]) -> Iterator[str]:
    yield "| Probe | Pass | Fail | By design | Not applicable | Undecided |\n|---|---:|---:|---:|---:|---:|\n"
    for question in conformance.catalogue():
        if question.unit == OUTCOME:
            answers = [answer for _, answer in _to(question.id, driven)]
            values, presences = Counter(a.value for a in answers), Counter(a.presence for a in answers)
            counts = [values[PASS], values[FAIL], values[BY_DESIGN]]
            counts += [presences["not-applicable"], presences["errored"]]
            yield f"| `{question.id}` | {' | '.join(map(str, counts))} |\n"


def _words(driven: Sequence[Asked]) -> Iterator[str]:
    yield "| Probe | Answers |\n|---|---|\n"
    for question in conformance.catalogue():
        if question.unit != OUTCOME:
            words = Counter(str(answer.value or answer.presence) for _, answer in _to(question.id, driven))
            said = ", ".join(f"{word} {count}" for word, count in sorted(words.items()))
            yield f"| `{question.id}` | {said} |\n"


def _failing(driven: Sequence[Asked]) -> Iterator[str]:
    for question in conformance.catalogue():
        failed = [(name, answer) for name, answer in _to(question.id, driven) if answer.value == FAIL]
        if failed:
            yield f"\n### `{question.id}`: {len(failed)}\n\n"
            yield from (f"- `{name}`: {escape(answer.note)}\n" for name, answer in sorted(failed, key=_name))


def _name(pair: tuple[str, Measurement]) -> str:
    return pair[0]


def _to(probe: str, driven: Sequence[Asked]) -> Iterator[tuple[str, Measurement]]:
    """Every class's answer to a question."""
    for each in driven:
        yield from ((each.name, answer) for answer in each.answers if answer.id == probe)
