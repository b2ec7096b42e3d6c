"""What a loop over tensors holds, read off a small model for a large one, beside simulations."""

from __future__ import annotations

import pytest

from optreview import models
from optreview.judgement import fitting, footprints
from tests.judgement.test_fitting import evidence, scale


def test_a_loop_lets_the_temporaries_of_a_tensor_go_when_it_makes_the_next_ones() -> None:
    """Read off the run on the small model, AdamW's is to the byte what it is simulated on a large one."""
    found = evidence("torch/AdamW")
    peak = footprints.peak(found, "cpu", slim=True)
    assert peak == fitting.Peak(largest=2.0, before=1.0)
    run = next(r for r in scale(found).references if r.implementation == "for-loop")
    assert peak.transient(fitting.sizes(models.built_in("llama-7b"))) == run.steady_transient_bytes


def test_a_step_that_widens_bfloat16_has_no_peak_from_float32() -> None:
    """StableAdamW computes a mean in float32: simulated, its loop holds four times what float32 says."""
    assert footprints.peak(evidence("pytorch_optimizer/StableAdamW"), "cuda", slim=True) is None
    assert footprints.peak(evidence("pytorch_optimizer/Yogi"), "cuda", slim=True) is not None


@pytest.mark.parametrize(
    ("transient", "peak"),
    [
        (600, fitting.Peak(largest=1.0)),
        (1102, fitting.Peak(largest=1.0, before=1.0)),
        (1600, fitting.Peak(largest=1.0, before=2.0)),
        (0, fitting.Peak()),
        (1150, None),
        (700, None),
    ],
)
def test_what_a_loop_holds_is_told_by_whole_tensors_or_not_at_all(
    transient: float, peak: fitting.Peak | None
) -> None:
    assert fitting.loop_peak(transient, [(1,), (500,), (20, 30), (1,)]) == peak
