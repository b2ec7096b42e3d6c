"""REPORT.md: how many rules are proven, by set and package, what extraction takes, and every failure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.report.escaping import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.rules.extracted import Extracted

#: Share of the driven classes whose program is proven; and seconds of the processor, at the median.
PROVEN, SECONDS = 0.92, 0.3
HEAD = """\
# How many update rules are extracted and proven

Written by `make rules`. Every concrete optimizer class is driven on the small model in the box; then its
steps are recorded as programs, and these are executed beside a fresh optimizer with other hyperparameters,
gradients and seeds. *Proven* means the same bits in parameters and every state entry after each of twenty
steps. Shares are of the classes that can be driven; seconds are those of the processor.

"""


@dataclass(frozen=True)
class Result:
    """A package of a set, with its classes."""

    set: str
    name: str
    version: str
    found: tuple[Extracted, ...]

    @property
    def driven(self) -> tuple[Extracted, ...]:
        """The classes that could be driven."""
        return tuple(each for each in self.found if each.rule is not None)


def proven(found: Sequence[Extracted]) -> int:
    """How many of them are."""
    return sum(each.rule is not None and each.rule.program.verdict == "proven" for each in found)


def share(results: Sequence[Result]) -> float:
    """Of all classes that were driven, those whose program is proven."""
    driven = [each for result in results for each in result.driven]
    return proven(driven) / len(driven) if driven else 0.0


def median(results: Sequence[Result]) -> float:
    """Seconds of the processor for one class."""
    return statistics.median([each.seconds for result in results for each in result.driven] or [0.0])


def render(results: Sequence[Result]) -> str:
    """The whole report."""
    parts = [HEAD, f"{share(results):.1%} proven (goal: {PROVEN:.0%}); "]
    parts.append(f"{median(results):.2f} s at the median (goal: {SECONDS} s).\n\n")
    parts += ["## By package\n\n", *_table(results), "\n## What is not proven\n\n", *_misses(results)]
    parts += ["\n## What could not be driven\n\n", *_undriven(results)]
    return "".join(parts)


def _table(results: Sequence[Result]) -> Iterator[str]:
    yield "| Set | Package | Classes | Driven | Proven | Share | Median s |\n"
    yield "|---|---|---:|---:|---:|---:|---:|\n"
    for name in dict.fromkeys(each.set for each in results):
        of_set = [each for each in results if each.set == name]
        for each in of_set:
            yield _row(name, f"{each.name} {each.version}", [each])
        if len(of_set) > 1:
            yield _row(name, "**all**", of_set)


def _row(set_: str, label: str, results: Sequence[Result]) -> str:
    found = [each for result in results for each in result.found]
    driven = [each for result in results for each in result.driven]
    counts = f"{len(found)} | {len(driven)} | {proven(driven)}"
    return f"| {set_} | {label} | {counts} | {share(results):.0%} | {median(results):.2f} |\n"


def _misses(results: Sequence[Result]) -> Iterator[str]:
    yield "| Class | Verdict | Agreed | Why |\n|---|---|---:|---|\n"
    for each in sorted((each for result in results for each in result.driven), key=lambda each: each.name):
        assert each.rule is not None
        proof = each.rule.program
        if proof.verdict != "proven":
            agreed = f"{proof.agreed} of {proof.steps}"
            yield f"| `{each.name}` | {proof.verdict} | {agreed} | {escape(proof.reason)} |\n"


def _undriven(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        for each in result.found:
            if each.rule is None:
                yield f"- `{each.name}`: {escape(each.undriven)}\n"
