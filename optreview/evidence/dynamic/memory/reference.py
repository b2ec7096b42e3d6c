"""AdamW beside every optimizer: the same tensors, dtype, device and implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.memory.run import Configuration, Subject, measure
from optreview.evidence.dynamic.plan import Plan
from optreview.evidence.dynamic.protocols import ladder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.memory.run import Implementation
    from optreview.records import MemoryRun

DTYPES = ("float32", "bfloat16")
_IMPLEMENTATIONS: tuple[Implementation, ...] = ("default", "for-loop", "foreach")


def references(device: str, omitted: tuple[str, ...]) -> Iterator[MemoryRun]:
    """Measure ``torch.optim.AdamW`` in both dtypes and every implementation."""
    subject = Subject(cls=torch.optim.AdamW, qualified_name="torch.optim:AdamW", names={})
    plan = Plan(protocols=ladder()[:1])
    for dtype in DTYPES:
        for implementation in _IMPLEMENTATIONS:
            how = Configuration(device=device, dtype=dtype, implementation=implementation, omitted=omitted)
            yield measure(subject, plan, how)
