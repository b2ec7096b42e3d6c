"""The built-in models have as many parameters as the papers and libraries say, and nothing is allocated."""

from __future__ import annotations

import subprocess
import sys
from math import prod

import pytest

from optreview import models
from optreview.errors import InputError

#: From the publications and the libraries that define the models, or from sums over their layers by hand.
PARAMETERS = {
    "llama-7b": 6_738_415_616,  # transformers, LlamaForCausalLM with its default configuration
    "perceptron": 784 * 256 + 256 + 256 * 256 + 256 + 256 * 10 + 10,
    "resnet-50": 25_557_032,  # torchvision, resnet50
    "vit-large": 304_326_632,  # torchvision, vit_l_16
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_sizes_are_the_published_ones(name: str) -> None:
    assert sum(prod(each.shape) for each in models.built_in(name).tensors) == PARAMETERS[name]


@pytest.mark.parametrize("name", models.names())
def test_names_are_distinct_and_every_tensor_has_elements(name: str) -> None:
    model = models.built_in(name)
    assert len({each.name for each in model.tensors}) == len(model.tensors)
    assert all(prod(each.shape) > 0 for each in model.tensors)
    assert model.dtypes


def test_an_embedding_of_ten_million_rows_is_among_them() -> None:
    assert any(each.shape[0] == 10_000_000 for each in models.built_in("recommender").tensors)


def test_what_is_not_there_is_said_with_what_is() -> None:
    with pytest.raises(InputError, match="llama-7b"):
        models.built_in("llama-8b")


def test_listing_them_imports_no_torch() -> None:
    code = "import sys; from optreview import models; models.built_in('llama-7b'); print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "optreview.models" in ended.stdout.split()
    assert "torch" not in ended.stdout.split()
