"""Use cases: what they name exists, their needs are all that is judged, and what is wrong is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from optreview import models
from optreview.errors import InputError
from optreview.judgement import catalogue, usecase, verdict
from tests import samples

if TYPE_CHECKING:
    from pathlib import Path

GOOD: dict[str, object] = {
    "title": "a job",
    "description": "of ours",
    "batch": 8,
    "needs": ["sparse", "plain_loop"],
    "optimizer": {"lr": 1e-3},
}


@pytest.mark.parametrize("name", usecase.names())
def test_what_a_use_case_names_exists(name: str) -> None:
    case = usecase.load(name)
    assert case.model in models.names()
    assert catalogue.identify(case.optimizer.name) is not None
    assert usecase.shapes(case).dtypes == (case.dtype,)


def test_there_are_six_and_the_usual_one_is_the_one_of_old() -> None:
    assert len(usecase.names()) == 6
    case = usecase.purpose().use_case
    assert (case.id, case.batch, case.optimizer.lr) == ("multimodal_transformer", 4, 1e-4)


def judged(needs: tuple[str, ...], *measurements: tuple[str, str]) -> dict[str, str]:
    found = tuple(samples.measured(name, value, "verdict") for name, value in measurements)
    evidence = samples.evidence(dynamic=samples.dynamic(measurements=found))
    case = msgspec.structs.replace(usecase.load(), needs=needs)
    purpose = msgspec.structs.replace(usecase.purpose(), use_case=case)
    weighed = verdict.weigh(evidence, purpose=purpose)
    return {j.criterion: j.outcome for j in weighed.judgements if j.dimension == usecase.DIMENSION}


def test_only_what_is_needed_is_judged() -> None:
    refused = ("sparse_gradients", "rejected")
    assert judged(("sparse",), refused) == {"sparse": "unmet"}
    assert judged(("amp",), refused) == {"amp": "not-measured"}


def test_a_need_that_nobody_measured_gives_no_points_either_way() -> None:
    assert judged(("fsdp", "compile"), ("compiles_as_one_graph", "pass")) == {
        "fsdp": "not-measured",
        "compile": "met",
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"needs": ["sparce"]}, "need 'sparce' that there is not; did you mean 'sparse'"),
        ({"needs": []}, "has no needs"),
        ({"family": "decoders"}, "family 'decoders' that there is not; did you mean 'decoder'"),
        ({"frozen": "lama-7b"}, "did you mean 'llama-7b'"),
        ({"batch": 0}, "`int` >= 1 - at `$.batch`"),
        ({"batch": "four"}, "Expected `int`, got `str` - at `$.batch`"),
        ({"optimizer": {"lr": -1.0}}, "`float` > 0.0 - at `$.optimizer.lr`"),
        ({"optimizer": {"name": "AdamW"}}, "missing required field `lr`"),
        ({"optimiser": {}}, "unknown field `optimiser`"),
        ({"dtype": "int8"}, "`$.dtype`"),
        ({"title": "a\nb"}, "`$.title`"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_name(
    change: dict[str, object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "ours.toml"
    with pytest.raises(InputError, match=r"ours\.toml") as caught:
        usecase.read(path, {**GOOD, **change})
    assert words in str(caught.value)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    case = usecase.read(tmp_path / "ours.toml", GOOD)
    assert (case.id, case.optimizer.name, case.dtype) == ("ours", "AdamW", "bfloat16")


def test_tiers_of_a_user_are_checked() -> None:
    ours = {"id": "a", "title": "A", "gib": 48, "device": "cuda", "batch": 8, "tight": False}
    assert usecase.read_tiers({"tiers": [ours]}, "x")[0].gib == 48
    wrongs: list[dict[str, object]] = [
        {"tiers": [ours, ours]},
        {"tiers": [{**ours, "gib": 0}]},
        {"tiers": []},
        {},
    ]
    for wrong in wrongs:
        with pytest.raises(InputError, match="tiers of x cannot be used"):
            usecase.read_tiers(wrong, "x")
