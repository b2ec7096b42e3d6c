"""How ``step`` works: every fact about it, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts.aside import methods_aside
from optreview.evidence.static.facts.closure import closure_protocol
from optreview.evidence.static.facts.complex_numbers import complex_verdict
from optreview.evidence.static.facts.correction import bias_correction
from optreview.evidence.static.facts.gradient import gradient_mutation
from optreview.evidence.static.facts.paths import execution_paths
from optreview.evidence.static.facts.phases import phases
from optreview.evidence.static.facts.temporaries import host_syncs, temporaries
from optreview.evidence.static.facts.weight_decay import weight_decay
from optreview.evidence.static.facts.wrapping import held_optimizers
from optreview.records import Workings

if TYPE_CHECKING:
    from optreview.evidence.static.reading import Reading


def workings(reading: Reading) -> Workings:
    """Distil every fact about the step."""
    return Workings(
        phases=phases(reading),
        weight_decay=weight_decay(reading),
        bias_correction=bias_correction(reading),
        gradient_mutation=gradient_mutation(reading),
        temporaries=temporaries(reading),
        host_syncs=host_syncs(reading),
        complex_numbers=complex_verdict(reading),
        paths=execution_paths(reading),
        closure=closure_protocol(reading),
        holds=held_optimizers(reading),
        aside=methods_aside(reading),
    )
