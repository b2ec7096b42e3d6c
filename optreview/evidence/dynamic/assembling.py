"""The evidence of one class, put together from what the boxed child sent and from AdamW beside it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.carding import card
from optreview.evidence.dynamic.derive import derive
from optreview.evidence.dynamic.wire import (
    Combined,
    DtypeRan,
    Extracted,
    Grown,
    OptionRan,
    Probed,
    Ran,
    Traced,
)
from optreview.records import DynamicEvidence
from optreview.records.baseline import Gauged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optreview.evidence.dynamic.wire import Driven, Ready, Reply
    from optreview.records import DtypeRun, Failure, MemoryRun, ScaleEvidence


@dataclass(frozen=True)
class Beside:
    """AdamW on the same tensors, and both on models that are never allocated."""

    runs: tuple[MemoryRun, ...]
    dtypes: tuple[MemoryRun, ...]
    scale: ScaleEvidence | None


def assembled(
    ready: Ready, driven: Driven, replies: Sequence[Reply], problems: Iterable[Failure], beside: Beside
) -> Gauged:
    """All that is known of the class, and how its state is divided among families of shapes."""
    ran = [r for r in replies if isinstance(r, Ran)]
    probed = (r.measurements for r in replies if isinstance(r, Probed))
    evidence = DynamicEvidence(
        environment=ready.environment,
        box=ready.box,
        workload=driven.workload,
        recipe=driven.recipe,
        runs=tuple(r.run for r in ran),
        references=beside.runs,
        options=tuple(r.option_run for r in replies if isinstance(r, OptionRan)),
        growth=next((r.growth for r in replies if isinstance(r, Grown)), None),
        behaviour=card(replies),
        failures=tuple(problems),
        measurements=tuple(chain.from_iterable(probed)),
        traces=tuple(r.trace for r in replies if isinstance(r, Traced)),
        dtypes=dtype_runs(replies),
        combinations=tuple(r.combination for r in replies if isinstance(r, Combined)),
        dtype_references=beside.dtypes,
        scale=beside.scale,
        packages=driven.packages,
        rule=next((r.rule for r in replies if isinstance(r, Extracted)), None),
    )
    return Gauged(evidence=derive(evidence), shares=tuple(r.shares for r in ran))


def dtype_runs(replies: Iterable[Reply]) -> tuple[DtypeRun, ...]:
    """The runs in further dtypes."""
    return tuple(r.dtype_run for r in replies if isinstance(r, DtypeRan))
