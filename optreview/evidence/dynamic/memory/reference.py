"""AdamW beside every optimizer: the same tensors, dtype, device and implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.memory.run import Configuration, Subject, measure
from optreview.evidence.dynamic.plan import Plan
from optreview.evidence.dynamic.protocols import ladder

if TYPE_CHECKING:
    from optreview.evidence.dynamic.memory.run import Implementation
    from optreview.evidence.dynamic.wire import Reference
    from optreview.records import MemoryRun


ADAMW = Subject(cls=torch.optim.AdamW, qualified_name="torch.optim:AdamW", names={})
#: ``cls(params)``, ``backward()``, ``step()``.
PLAIN = Plan(protocols=ladder()[:1])


def variants(device: str, request: Reference) -> tuple[Configuration, ...]:
    """The configurations that AdamW is measured in; on the CPU its default is the for-loop."""
    others: tuple[Implementation, ...] = ("foreach",) if device == "cpu" else ("foreach", "for-loop")
    implementations: tuple[Implementation, ...] = ("default", *(others if request.paths else ()))
    return tuple(
        Configuration(
            device=device,
            workload=request.workload,
            dtype=dtype,
            implementation=implementation,
            omitted=request.omitted,
        )
        for dtype in request.dtypes
        for implementation in implementations
    )


def reference(how: Configuration) -> MemoryRun:
    """Measure ``torch.optim.AdamW`` so."""
    return measure(ADAMW, PLAIN, how)
