"""What AdamW came to is kept where another run would find the same, and measured again everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview import models, versions
from optreview.evidence.dynamic.exchange import Transcript
from optreview.evidence.dynamic.remembering import Remembered
from optreview.evidence.dynamic.wire import (
    Limits,
    Problem,
    Reference,
    Referred,
    ScaleReference,
    Setup,
)
from optreview.records import Failure
from optreview.store import Store
from tests import samples

if TYPE_CHECKING:
    from pathlib import Path

ASKED = Reference(workload="dense-21k", omitted=("bias",))
ON_MODEL = ScaleReference(model=models.built_in("dcgan"))


def setup(*, native: bool = False, **limits: float) -> Setup:
    return Setup(device="auto", limits=Limits(**limits), home="/home/somebody", native=native)  # type: ignore[arg-type]


def opened(place: Path, given: Setup | None = None, device: str | None = "cpu") -> Remembered:
    found = Remembered(given or setup(), Store(place))
    found.device = device
    return found


@pytest.fixture
def answer() -> Transcript:
    found = samples.evidence().dynamic
    assert found is not None
    return Transcript(replies=[Referred(runs=(found.runs[0],)), Referred(runs=())])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "adamw"


def test_another_process_is_told_the_same(place: Path, answer: Transcript) -> None:
    told = opened(place).put(ASKED, answer)
    assert told == tuple(answer.replies)
    assert opened(place).get(ASKED) == told
    assert opened(place).get(ON_MODEL) is None
    assert opened(place).get(Reference(workload="dense-21k", omitted=())) is None


def test_simulations_are_kept_by_model(place: Path, answer: Transcript) -> None:
    opened(place).put(ON_MODEL, answer)
    assert opened(place).get(ON_MODEL) == tuple(answer.replies)
    assert opened(place).get(ScaleReference(model=models.built_in("vit-large"))) is None


@pytest.mark.parametrize("ending", ["timeout", "exited", "lost"])
def test_what_was_cut_short_is_remembered_by_this_process_alone(place: Path, ending: str) -> None:
    ours = opened(place)
    ours.put(ASKED, Transcript(ending=ending))  # type: ignore[arg-type]
    assert ours.get(ASKED) == ()
    assert opened(place).get(ASKED) is None


def test_what_lacks_a_run_is_not_kept(place: Path, answer: Transcript) -> None:
    answer.replies.append(Problem(failure=Failure(kind="crash", message="It was killed.")))
    opened(place).put(ASKED, answer)
    assert opened(place).get(ASKED) is None


@pytest.mark.parametrize(
    ("given", "device"),
    [(setup(sandboxed=False), "cpu"), (setup(native=True), "cpu"), (setup(), "cuda"), (setup(), None)],
)
def test_nothing_is_kept_or_looked_up_where_it_may_not_last(
    place: Path, answer: Transcript, given: Setup, device: str | None
) -> None:
    ours = opened(place, given, device)
    ours.put(ASKED, answer)
    assert ours.get(ASKED) == tuple(answer.replies)
    assert not place.exists()
    opened(place).put(ASKED, answer)
    assert opened(place, given, device).get(ASKED) is None


def test_other_limits_and_versions_are_other_answers(
    place: Path, answer: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(place).put(ASKED, answer)
    assert opened(place, setup(memory_bytes=1 << 30)).get(ASKED) is None
    monkeypatch.setattr(versions, "_version", lambda name: "another")
    assert opened(place).get(ASKED) is None


def test_what_cannot_be_read_is_measured_again(place: Path, answer: Transcript) -> None:
    opened(place).put(ASKED, answer)
    (path,) = place.glob("*/*")
    Store(place).put(path.stem, b"[1]")
    assert opened(place).get(ASKED) is None
