"""Optimizers that an optimizer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.wrappers import wrapped
from optreview.evidence.static.interpreter.code_values import ClassValue, Instance
from optreview.evidence.static.interpreter.values import origins
from optreview.records import HeldOptimizer

if TYPE_CHECKING:
    from optreview.evidence.static.reading import Reading


def held_optimizers(reading: Reading) -> tuple[HeldOptimizer, ...]:
    """Every optimizer that the constructor keeps and whose ``step`` is called."""
    known = {entry.name for entry in reading.signature.parameters}
    found: dict[str, HeldOptimizer] = {}
    for event in wrapped(reading):
        built = any(isinstance(atom, Instance | ClassValue) for atom in event.value)
        given = not built and any("optim" in name.lower() for name in origins(event.value)[0] & known)
        found.setdefault(
            event.name,
            HeldOptimizer(
                attribute=event.name,
                how="given as an argument" if given else "built inside",
                location=event.location,
            ),
        )
    return tuple(found[name] for name in sorted(found))
