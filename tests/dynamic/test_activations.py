"""What a forward and a backward pass hold: closed forms, real passes, and models that cannot be counted."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from optreview.evidence.dynamic.memory.ledger import Ledger
from optreview.evidence.dynamic.scale.activations import OpaqueError, activations
from optreview.records import Activations, Failure
from tests.dynamic.conftest import lone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optreview.evidence.dynamic.client import Runner


def perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(100, 300), nn.ReLU(), nn.Linear(300, 10))


def convolution() -> nn.Module:
    body = (nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.GELU(), nn.Flatten())
    return nn.Sequential(*body, nn.Linear(16 * 14 * 14, 10))


def encoder() -> nn.Module:
    layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True, dropout=0.0)
    return nn.TransformerEncoder(layer, 1).bfloat16()


def images(size: int) -> torch.Tensor:
    return torch.randn(size, 3, 16, 16)


def words(size: int) -> torch.Tensor:
    return torch.randn(size, 32, 64, dtype=torch.bfloat16)


def rows(size: int) -> torch.Tensor:
    return torch.randn(size, 100)


@pytest.mark.parametrize("size", [1, 16])
def test_a_perceptron_by_hand(size: int) -> None:
    (found,) = activations(perceptron(), rows, (size,))
    # The batch, what ReLU gave, and the output; what went into ReLU is needed by nobody.
    assert found.kept == 4 * size * (100 + 300 + 10)
    # With the first layer's gradient there are: the second layer's, what is kept, the output's gradient, and
    # the gradients of the hidden layer.
    weights = 4 * (300 * 100 + 300 + 10 * 300 + 10)
    hidden = 4 * size * 300
    assert weights <= found.peak <= weights + found.kept + 4 * size * 10 + 2 * hidden


@pytest.mark.parametrize(
    ("model", "batch"),
    [(perceptron, rows), (convolution, images), (encoder, words)],
    ids=["perceptron", "convolution", "encoder"],
)
def test_real_passes_hold_the_same(
    model: Callable[[], nn.Module], batch: Callable[[int], torch.Tensor]
) -> None:
    real = model()
    ledger = Ledger([*real.parameters(), *real.buffers()])
    with ledger:
        given = batch(4)
        output = real(given)
        gc.collect()
        kept = ledger.live
        output.backward(torch.ones_like(output))
    assert activations(model(), batch, (4,)) == (Activations(batch=4, kept=kept, peak=ledger.peak),)


def test_what_autograd_saves_is_what_is_kept_beside_batch_and_output() -> None:
    model, given = convolution(), images(4)
    own = {each.untyped_storage()._cdata for each in (*model.parameters(), *model.buffers())}
    saved: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        saved[tensor.untyped_storage()._cdata] = tensor.detach()
        return tensor.detach()

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(given)
    saved |= {each.untyped_storage()._cdata: each for each in (given, output)}
    whole = sum(each.untyped_storage().nbytes() for key, each in saved.items() if key not in own)
    (found,) = activations(convolution(), images, (4,))
    assert found.kept == whole


def test_without_gradients_nothing_but_the_batch_and_the_output_is_kept() -> None:
    model = perceptron()
    for each in list(model.parameters())[:-1]:
        each.requires_grad_(False)
    (found,) = activations(model, rows, (4,))
    assert found.kept == 4 * 4 * (100 + 10)


def test_layers_whose_kernels_keep_their_own_are_not_counted() -> None:
    with pytest.raises(OpaqueError, match="LSTM keep a workspace"):
        activations(nn.LSTM(4, 4), rows, (1,))


MODELS = """
import torch
from torch import nn

class Reading(nn.Linear):
    def forward(self, rows):
        return super().forward(rows) * float(rows.sum())

def large():
    body = nn.Sequential(nn.Linear(50_000, 50_000), nn.ReLU())  # 10 GB, more than the box allows
    body[0].bias.requires_grad_(False)
    return body.bfloat16(), lambda size: (torch.zeros(size, 50_000, dtype=torch.bfloat16),)

def reading():
    return Reading(4, 4), lambda size: torch.zeros(size, 4)

def alone():
    return nn.Linear(4, 4)
"""


def test_the_users_model_is_counted_in_the_box_and_never_allocated(runner: Runner, tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text(MODELS)
    found = runner.describe(lone(path, "large"), (1, 16))
    assert not isinstance(found, Failure), found.message
    assert found.held == 2 * 50_000
    # The batch, and what ReLU gave.
    assert [(each.batch, each.kept) for each in found.activations] == [(1, 200_000), (16, 3_200_000)]
    reading = runner.describe(lone(path, "reading"), (1,))
    assert not isinstance(reading, Failure)
    assert (reading.activations, bool(reading.unrun)) == ((), True)
    alone = runner.describe(lone(path, "alone"), (1,))
    assert not isinstance(alone, Failure)
    assert (alone.activations, alone.unrun) == ((), "")
