"""The job that a model of the user's own stands for, where no use case is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from optreview import models, shapes
from optreview.cli import purposing
from optreview.cli.modelling import Chosen
from optreview.judgement import usecase
from optreview.records import Target

if TYPE_CHECKING:
    from pathlib import Path


def given(tmp_path: Path, name: str = "captioner.json") -> Chosen:
    path = tmp_path / name
    path.write_text(json.dumps({"head.weight": [32, 64]}))
    return Chosen((models.built_in("resnet-50"), shapes.read(path)))


def test_a_model_of_ones_own_is_what_the_tiers_are_asked_about(tmp_path: Path) -> None:
    found = purposing.for_model(None, None, given(tmp_path))
    assert found is not None
    case = found.use_case
    # Its dtype is the model's, and of no family is it known to be.
    assert (case.model, case.dtype, case.family, case.frozen) == ("captioner", "float32", None, None)
    assert (case.needs, found.tiers) == (usecase.load().needs, usecase.tiers())


def test_a_function_that_gives_a_model_is_its_name_until_it_is_run() -> None:
    target = Target(
        spec="a.py:build", path="a.py", root=".", module="a", package="a", lone=True, class_name="build"
    )
    found = purposing.for_model(None, None, Chosen(factories=(target,)))
    assert found is not None
    assert found.use_case.model == "a:build"


def test_a_use_case_that_is_named_has_its_own_model(tmp_path: Path) -> None:
    named = usecase.load("gan")
    assert purposing.for_model(None, named, given(tmp_path)) is None
    assert purposing.for_model(None, None, Chosen((models.built_in("resnet-50"),))) is None


def test_a_file_whose_name_no_record_can_hold_is_simulated_and_no_more(tmp_path: Path) -> None:
    assert purposing.for_model(None, None, given(tmp_path, "my model!.json")) is None
