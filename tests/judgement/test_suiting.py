"""How an optimizer suits a job, against closed forms and against what the saved records hold."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from optreview import models
from optreview.evidence.dynamic import protocols as driving
from optreview.judgement import ledger, protocols, suiting, usecase
from optreview.report import store
from tests import samples

if TYPE_CHECKING:
    from optreview.records import Evidence, Measurement

REVIEWS = Path(__file__).parents[2] / "reviews"
CASE = usecase.load()
TENSORS = models.built_in("multimodal").tensors
ELEMENTS = sum(prod(each.shape) for each in TENSORS)


def evidence(name: str) -> Evidence:
    return store.load(REVIEWS / f"{name}.json").evidence


def suited(found: Evidence, case: str = CASE.id) -> dict[str, Measurement]:
    return {each.id: each for each in ledger.open_ledger(found, usecase.load(case)).values()}


def test_adamw_is_one_in_everything_and_its_setting_stays() -> None:
    found = suited(evidence("torch/AdamW"))
    for name in ("job_state_over_adamw", "job_memory_over_adamw", "job_traffic_over_adamw"):
        assert found[name].value == 1.0, name
    assert found["setting_carries_over"].value == "the same"


def test_state_is_that_of_the_jobs_model_in_its_dtype() -> None:
    # Lion has one moment in the dtype of the parameters; AdamW two and a float32 count for each tensor.
    whole = suited(evidence("lion_pytorch/Lion"))["job_state_over_adamw"]
    assert whole.value == pytest.approx(2 * ELEMENTS / (2 * 2 * ELEMENTS + 4 * len(TENSORS)), abs=1e-6)
    assert "for each element" in whole.note
    # Factors of a matrix are no such thing: the model is simulated, or else the small one stands for it.
    factored = evidence("torch/Adafactor")
    assert "simulated" in suited(factored)["job_state_over_adamw"].note
    assert factored.dynamic is not None
    alone = msgspec.structs.replace(factored.dynamic, scale=None)
    small = suited(msgspec.structs.replace(factored, dynamic=alone))["job_state_over_adamw"]
    assert "small model" in small.note


def test_memory_in_training_is_all_that_is_live_at_the_worst_moment() -> None:
    found = evidence("torch/SGD")
    assert found.dynamic is not None
    own = next(r for r in found.dynamic.runs if (r.dtype, r.implementation) == ("bfloat16", "default"))
    beside = next(
        r for r in found.dynamic.references if (r.dtype, r.implementation) == ("bfloat16", "default")
    )
    assert (own.state_bytes, own.first_transient_bytes) == (0, 0)
    peak = max(beside.first_transient_bytes, beside.steady_transient_bytes)
    whole = 2 * beside.parameter_bytes + beside.state_bytes + peak
    small = suited(found)["job_memory_over_adamw"]
    assert small.value == pytest.approx(2 * own.parameter_bytes / whole)
    assert small.note == "bfloat16, measured on the small model, each on its default path on the CPU"


def test_memory_on_the_jobs_own_model_counts_where_it_was_simulated() -> None:
    found = evidence("torch/Adafactor")
    assert found.dynamic is not None
    assert found.dynamic.scale is not None
    scale = found.dynamic.scale
    own = next(r for r in scale.runs if (r.model, r.device) == (CASE.model, "cuda"))
    beside = next(r for r in scale.references if (r.model, r.implementation) == (CASE.model, "foreach"))
    whole = suited(found)["job_memory_over_adamw"]
    assert whole.value == pytest.approx(own.total_bytes / beside.total_bytes, abs=1e-3)
    assert "simulated on Multimodal transformer" in whole.note
    assert whole.note.endswith("each on its default path on CUDA")


@pytest.mark.parametrize(
    ("name", "case", "level"),
    [
        ("lion_pytorch/Lion", CASE.id, "published"),
        ("torch/NAdam", CASE.id, "rule of thumb"),
        ("torch/SGD", CASE.id, "none"),
        ("torch/SGD", "cnn_classification", "the same"),
        ("torch/AdamW", "cnn_classification", "none"),
    ],
)
def test_what_is_known_of_the_setting_hangs_on_what_the_job_is_trained_with(
    name: str, case: str, level: str
) -> None:
    assert suited(evidence(name), case)["setting_carries_over"].value == level


def answers(**given: str) -> dict[str, Measurement]:
    probed = {name: samples.measured(name, value, "verdict") for name, value in given.items()}
    return {each.id: each for each in suiting.measurements(samples.evidence(), CASE, probed)}


def test_what_a_schedule_asks_for_is_shared_out_and_what_fails_is_named() -> None:
    good = answers(lr_in_groups="pass", learning_rate_schedulable="pass", lr_zero_freezes="pass")
    assert (good["schedules_followed"].value, good["schedules_followed"].note) == (1.0, "")
    raised = samples.measured("lr_zero_freezes", "fail", "verdict", note="It raised ZeroDivisionError.")
    probed = {"lr_in_groups": samples.measured("lr_in_groups", "pass", "verdict"), raised.id: raised}
    found = {each.id: each for each in suiting.measurements(samples.evidence(), CASE, probed)}
    bad = found["schedules_followed"]
    # In the probe's own words: a step that raises an error moves no weights.
    assert (bad.value, bad.note) == (0.5, raised.note)
    assert "schedules_followed" not in answers(one_cycle_schedulable="pass")


def test_a_probe_that_did_not_apply_is_neither_kept_nor_broken() -> None:
    probed = {"lr_in_groups": samples.measured("lr_in_groups", "pass", "verdict")}
    probed["one_cycle_schedulable"] = msgspec.structs.replace(
        samples.measured("one_cycle_schedulable", "fail", "verdict"), presence="not-applicable", value=None
    )
    found = {each.id: each for each in suiting.measurements(samples.evidence(), CASE, probed)}
    assert found["schedules_followed"].value == 1.0


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({"state_dict_reloads": "pass"}, "exact"),
        ({"state_dict_reloads": "pass", "state_dict_keeps_dtypes": "fail"}, "exact, but"),
        ({"state_dict_reloads": "fail", "state_dict_keeps_dtypes": "pass"}, "differs"),
    ],
)
def test_a_checkpoint_is_exact_or_told_with_what_it_loses(given: dict[str, str], level: str) -> None:
    assert answers(**given)["resumption"].value == level


def test_without_a_run_nothing_is_said() -> None:
    assert not list(suiting.measurements(samples.not_run(), CASE, {}))


def test_what_is_missing_is_told_with_its_reason() -> None:
    errored = msgspec.structs.replace(
        samples.measured("state_dict_reloads", "fail", "verdict", note="It raised."), presence="errored"
    )
    bare = samples.evidence(dynamic=samples.dynamic(runs=()))
    found = {each.id: each for each in suiting.measurements(bare, CASE, {errored.id: errored})}
    assert (found["resumption"].presence, found["resumption"].note) == ("errored", "It raised.")
    for name in ("job_state_over_adamw", "job_memory_over_adamw", "job_traffic_over_adamw"):
        assert found[name].presence == "not-measured"
        assert "no run in bfloat16" in found[name].note


def test_what_a_loop_lacks_is_told_in_words() -> None:
    names = {path.stem for path in Path(driving.__file__).parent.glob("*.py")}
    assert set(protocols.words()) <= names
    note = suited(evidence("torch/LBFGS"))["plain_protocol"].note
    assert note == protocols.words()["closure"]
    assert suited(evidence("torch/AdamW"))["plain_protocol"].note != note
