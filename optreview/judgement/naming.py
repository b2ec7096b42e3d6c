"""Whether a sentence of the catalogue speaks of a class by names that the class has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optreview.records import Evidence

_NAMED = re.compile(r"`([A-Za-z_]\w*)`")


def applies(text: str, evidence: Evidence) -> bool:
    """Whether every argument and buffer that it names is the class's; calls and values are no names."""
    return set(_NAMED.findall(text)) <= _names(evidence)


def _names(evidence: Evidence) -> set[str]:
    facts, dynamic = evidence.static, evidence.dynamic
    runs = dynamic.runs if dynamic else ()
    return (
        {each.name for each in facts.hyperparameters}
        | {each.key for each in facts.state_buffers}
        | {buffer.key.rpartition(".")[2] for run in runs for buffer in run.buffers}
    )
