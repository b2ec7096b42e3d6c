"""The pipeline of ``check --calibrate``: how far figures of unchanged code lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optreview.errors import MeasurementError
from optreview.evidence.dynamic.conformance import FAIL, PASS
from optreview.gate import budgets
from optreview.gate.difference import differs
from optreview.gate.measuring import Gauge, resolved
from optreview.records import FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from optreview.gate.measuring import How, Measured
    from optreview.records import BaselineClass, FigureName, Tolerance
    from optreview.review import Observer


@dataclass(frozen=True)
class Range:
    """A figure in bytes per parameter, and whether it was ``beyond`` the tolerances of the project."""

    optimizer: str
    run: str
    figure: FigureName
    least: float
    most: float
    beyond: bool


@dataclass(frozen=True)
class Calibration:
    """What so many measurements of unchanged code came to.

    Attributes:
        figures: How many were compared.
        ranges: Those that were not always the same.
        verdicts: What was judged in several ways, with these: an optimizer's growth, or a probe of it that
            passed and failed.
        unmeasured: Optimizers that could not be measured each time, with why.
    """

    times: int
    optimizers: int
    figures: int
    ranges: tuple[Range, ...]
    verdicts: tuple[tuple[str, str, tuple[str, ...]], ...]
    unmeasured: tuple[tuple[str, str], ...]


def calibrate(
    times: int, specs: Sequence[str], tolerance: Tolerance, how: How, observer: Observer
) -> Calibration:
    """Measure the targets so many times, each time in processes that share nothing with the last.

    Raises:
        InputError: A target cannot be used.
        MeasurementError: Nothing could be measured.
    """
    rounds = [_round(specs, how, observer) for _ in range(times)]
    failed = {each.name: each.failure for one in rounds for each in one if each.failure is not None}
    held: dict[str, list[BaselineClass]] = {}
    for each in (each for one in rounds for each in one if each.figures is not None):
        if each.name not in failed and each.figures is not None:
            held.setdefault(each.name, []).append(each.figures)
    if not held:
        raise MeasurementError(f"Nothing could be measured: {next(iter(failed.values()), 'all is exempt.')}")
    figures = [each for name, found in held.items() for each in _ranges(name, found, tolerance)]
    return Calibration(
        times=times,
        optimizers=len(held),
        figures=len(figures),
        ranges=tuple(each for each in figures if each.least != each.most),
        verdicts=tuple(each for name, found in sorted(held.items()) for each in _verdicts(name, found)),
        unmeasured=tuple(sorted(failed.items())),
    )


def _round(specs: Sequence[str], how: How, observer: Observer) -> list[Measured]:
    with Gauge(resolved(specs), how, observer) as gauge:
        budgets.check_use((), how.exempt, gauge.candidates)
        return list(gauge.everything())


def _verdicts(name: str, found: Sequence[BaselineClass]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What unchanged code would be called worse for although no figure differs."""
    growths = sorted({str(each.growth) for each in found})
    if len(growths) > 1:
        yield name, "growth", tuple(growths)
    for probe in sorted({probe for each in found for probe in each.probes or ()}):
        answers = {(each.probes or {}).get(probe, "not-measured") for each in found}
        if answers >= {PASS, FAIL}:
            yield name, f"probe {probe}", tuple(sorted(answers))


def _ranges(name: str, found: Sequence[BaselineClass], tolerance: Tolerance) -> list[Range]:
    """Each figure of a class in all measurements; a run that one of them lacks counts as nothing taken."""
    ranges: list[Range] = []
    for run in sorted({run for each in found for run in each.runs}):
        for figure in FIGURES:
            values = [getattr(each.runs[run], figure) if run in each.runs else 0.0 for each in found]
            least, most = min(values), max(values)
            ranges.append(Range(name, run, figure, least, most, differs(least, most, tolerance)))
    return ranges
