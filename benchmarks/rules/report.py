"""REPORT.md: how many rules are proven, by set and package, what extraction takes, and every failure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.report.escaping import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.rules.extracted import Extracted
    from optreview.records import EquationsProof, UpdateRule

#: Shares of the driven classes whose program is proven, and whose equations are; seconds at the median.
PROVEN, WRITTEN, SECONDS = 0.92, 0.8, 0.3
HEAD = """\
# How many update rules are extracted and proven

Written by `make rules`. Every concrete optimizer class is driven on the small model in the box; then its
steps are recorded as programs, and these are executed beside a fresh optimizer with other hyperparameters,
gradients and seeds. *Proven* means the same bits in parameters and every state entry after each of twenty
steps. The *equations* are those that are printed: read back and run in float64, they stay within a millionth
of where the optimizer goes, over how far it goes. Shares are of the classes that can be driven; seconds are
those of the processor, for all of this.

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


def written(found: Sequence[Extracted]) -> int:
    """Of how many of them the printed equations, of matrices and of vectors, are proven."""
    return sum(each.rule is not None and _written(each.rule) for each in found)


def _written(rule: UpdateRule) -> bool:
    return bool(rule.equations) and all(each.proof.verdict == "proven" for each in rule.equations)


def driven(results: Sequence[Result]) -> list[Extracted]:
    """All classes that could be driven."""
    return [each for result in results for each in result.driven]


def share(count: int, results: Sequence[Result]) -> float:
    """So many of all classes that could be driven."""
    return count / max(1, len(driven(results)))


def median(results: Sequence[Result]) -> float:
    """Seconds of the processor for one class."""
    return statistics.median([each.seconds for each in driven(results)] or [0.0])


def render(results: Sequence[Result]) -> str:
    """The whole report."""
    of_programs = share(proven(driven(results)), results)
    of_equations = share(written(driven(results)), results)
    parts = [HEAD, f"Of {len(driven(results))} classes, the program of {of_programs:.1%} is proven "]
    parts.append(f"(goal: {PROVEN:.0%}), and the equations of {of_equations:.1%} (goal: {WRITTEN:.0%}); ")
    parts.append(f"{median(results):.2f} s at the median (goal: {SECONDS} s without the equations).\n\n")
    parts += [
        "## By package\n\n",
        *_table(results),
        "\n## Programs that are not proven\n\n",
        *_misses(results),
    ]
    parts += ["\n## Equations that are not proven\n\n", *_unwritten(results)]
    parts += ["\n## What could not be driven\n\n", *_undriven(results)]
    return "".join(parts)


def _table(results: Sequence[Result]) -> Iterator[str]:
    yield "| Set | Package | Classes | Driven | Programs | Share | Equations | Share | Median s |\n"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|\n"
    for name in dict.fromkeys(each.set for each in results):
        of_set = [each for each in results if each.set == name]
        for each in of_set:
            yield _row(name, f"{each.name} {each.version}", [each])
        if len(of_set) > 1:
            yield _row(name, "**all**", of_set)


def _row(set_: str, label: str, results: Sequence[Result]) -> str:
    ran = driven(results)
    total = sum(len(each.found) for each in results)
    counts = " | ".join(f"{each} | {share(each, results):.0%}" for each in (proven(ran), written(ran)))
    return f"| {set_} | {label} | {total} | {len(ran)} | {counts} | {median(results):.2f} |\n"


def _misses(results: Sequence[Result]) -> Iterator[str]:
    yield "| Class | Verdict | Agreed | Why |\n|---|---|---:|---|\n"
    for each in sorted(driven(results), key=lambda each: each.name):
        assert each.rule is not None
        proof = each.rule.program
        if proof.verdict != "proven":
            agreed = f"{proof.agreed} of {proof.steps}"
            yield f"| `{each.name}` | {proof.verdict} | {agreed} | {escape(proof.reason)} |\n"


def _unwritten(results: Sequence[Result]) -> Iterator[str]:
    yield "| Class | Dimensions | Error | Why |\n|---|---:|---:|---|\n"
    for each in sorted(driven(results), key=lambda each: each.name):
        assert each.rule is not None
        for made in each.rule.equations:
            if made.proof.verdict != "proven":
                error = "–" if made.proof.error is None else f"{made.proof.error:.0e}"
                yield f"| `{each.name}` | {made.dimensions} | {error} | {escape(_why(made.proof))} |\n"


def _why(proof: EquationsProof) -> str:
    if proof.ways:
        return (
            f"In part: the commonest of {proof.ways} ways, which {proof.taken} of {proof.steps} steps took."
        )
    return proof.reason


def _undriven(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        for each in result.found:
            if each.rule is None:
                yield f"- `{each.name}`: {escape(each.undriven)}\n"
