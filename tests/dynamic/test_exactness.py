"""Simulated beside real: equal to the byte where shapes decide, and seen to be off where values do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.memory_exactness.compare import paired
from optreview.evidence.dynamic.client import Job, Limits, Runner
from optreview.evidence.dynamic.wire import Compare
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
    """Or the comparison would find everything equal."""
    scenes = _scenes(simulator, lone(SPECIMENS / "simulated.py", "Counts"))
    assert {scene.verdict for scene in scenes} == {"off"}
