"""The report: how often the gate was right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.gate_alarms.unchanged import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.gate_alarms.injected import Found
    from benchmarks.gate_alarms.unchanged import Round


def render(rounds: Sequence[Round], found: Sequence[Found]) -> str:
    """Both halves as Markdown."""
    return "\n".join([*_unchanged(rounds), "", *_injected(found), ""])


def _unchanged(rounds: Sequence[Round]) -> Iterator[str]:
    checks = sum(sum(each.verdicts.values()) for each in rounds)
    alarms = sum(each.verdicts.get("worse", 0) for each in rounds)
    compared = sum(each.verdicts.get("same", 0) for each in rounds)
    yield "# How often the gate is right"
    yield ""
    yield f"## Nothing changed: {alarms} false alarms in {checks} checks"
    yield ""
    yield (
        f"Every optimizer of {' and '.join(f'`{each}`' for each in TARGETS)}, without the cache, against one "
        f"baseline of the first environment. Of {checks} checks {compared} compared all figures and found "
        "them as they were; the others are named below. The load is that of the machine, which has two "
        "processors and was busy with other work, over five minutes at the end of the round."
    )
    yield ""
    yield "| environment | what differs | verdicts | seconds | load |"
    yield "|---|---|---|---|---|"
    for each in rounds:
        verdicts = ", ".join(f"{count} {name}" for name, count in sorted(each.verdicts.items()))
        yield f"| {each.surroundings} | {each.told} | {verdicts} | {each.seconds:g} | {each.load} |"
    unlike = Counter(f"{each.surroundings}: {name}" for each in rounds for name in each.unlike)
    if unlike:
        yield ""
        yield "Not compared, or with another verdict:"
        yield ""
        yield from (f"- {name} ({count} times)" for name, count in sorted(unlike.items()))


def _injected(found: Sequence[Found]) -> Iterator[str]:
    right = sum(each.right for each in found)
    yield f"## Something changed: {right} of {len(found)} told as it is"
    yield ""
    yield (
        "Each change was put into a copy of a published optimizer, and the working tree was compared with "
        "the commit by `check --against HEAD`. It is told as it is when the verdict is right and the buffer, "
        "or what grows, and the line are those of the change. Where another default leads torch to other "
        "code of its own, there is no line of the project's to name."
    )
    yield ""
    yield "| change | optimizer | verdict | told as it is | named |"
    yield "|---|---|---|---|---|"
    for each in found:
        told = "yes" if each.right else "no"
        said = each.said.replace("|", "\\|")
        yield f"| {each.told} | `{each.optimizer}` | {each.verdict} | {told} | {said} |"
