"""Simulated beside real: equal to the byte where shapes decide, and seen to be off where values do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.memory_exactness.compare import DRAWS, Case, measured, paired
from optreview.evidence.dynamic.client import Job, Limits, Runner
from optreview.evidence.dynamic.wire import Compare, Stepped
from optreview.records import ModelShapes, ModelTensor
from tests.dynamic.conftest import SPECIMENS, installed, lone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.memory_exactness.compare import Scene
    from optreview.records import Target

_SHAPES: dict[str, tuple[int, ...]] = {
    "matrix": (61, 35),
    "filter": (9, 4, 3, 3),
    "vector": (83,),
    "one": (1,),
}
_MODELS = tuple(
    ModelShapes(
        name=dtype,
        title=dtype,
        tensors=tuple(ModelTensor(name=name, shape=shape, dtype=dtype) for name, shape in _SHAPES.items()),
    )
    for dtype in ("float32", "bfloat16")
)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Runner]:
    """A template that is prepared for simulations."""
    with Runner(device="cpu", limits=Limits(wall_seconds=300), simulates=True) as runner:
        yield runner


def _scenes(simulator: Runner, target: Target) -> list[Scene]:
    request = Compare(job=Job(target=target, models=_MODELS, only_traces=True))
    stepped, failure = simulator.compare(request)
    assert failure is None
    return list(paired(stepped))


@pytest.mark.parametrize(
    "target",
    [
        lone(SPECIMENS / "simulated.py", "Copies"),
        lone(SPECIMENS / "simulated.py", "FallsBack"),
        installed("torch.optim.sparse_adam", "SparseAdam"),
        installed("torch.optim.adamw", "AdamW"),
    ],
    ids=lambda target: target.class_name,
)
def test_equal_in_every_step(simulator: Runner, target: Target) -> None:
    """State and peak, in both dtypes."""
    scenes = _scenes(simulator, target)
    assert [scene.model for scene in scenes] == ["float32", "bfloat16"]
    assert [scene.words for scene in scenes if scene.verdict != "equal"] == []


def test_what_hangs_on_values_is_off(simulator: Runner) -> None:
    """Or the comparison would find everything equal; further real runs tell that nothing could be right."""
    target = lone(SPECIMENS / "simulated.py", "Counts")
    found = measured(simulator, Job(target=target, models=_MODELS, only_traces=True))
    assert found.failure is None
    scenes = tuple(paired(found.stepped))
    assert {scene.verdict for scene in scenes} == {"off"}
    assert all(scene.parted is not None and len(scene.others) == len(DRAWS) for scene in scenes)
    assert Case("Counts", scenes, None).verdict == "by values"


def test_what_is_equal_is_run_once(simulator: Runner) -> None:
    target = lone(SPECIMENS / "simulated.py", "Copies")
    found = measured(simulator, Job(target=target, models=_MODELS[:1], only_traces=True))
    assert [each.draw for each in found.stepped] == [None, 1]


def _made_up(simulated: list[int], *real: list[int]) -> Case:
    """A class of one scene: the state after each step, simulated and in real runs."""
    stepped = [
        Stepped(model="m", implementation="default", draw=draw, levels=tuple((state, 0) for state in course))
        for draw, course in zip((None, 1, *DRAWS), (simulated, *real), strict=False)
    ]
    return Case("Made", tuple(paired(stepped)), None)


def test_a_fault_of_the_simulation_is_not_put_down_to_values() -> None:
    """Only real runs that differ from each other tell that values decide."""
    assert _made_up([8, 8], [8, 8]).verdict == "equal"
    assert _made_up([8, 8], [8, 9]).verdict == "off"
    assert _made_up([8, 8], [8, 9], [8, 9], [8, 9], [8, 9]).verdict == "off"
    assert _made_up([8, 8], [8, 9], [8, 9], [8, 7], [8, 9]).verdict == "by values"
    assert "state and peak of real runs with other values in step 2: 9 and 0, 7 and 0" in (
        _made_up([8, 8], [8, 9], [8, 7]).scenes[0].words
    )
