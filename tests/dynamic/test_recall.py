"""What is recalled of an operation is what it would have returned, and in whose memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from optreview.evidence.dynamic.scale.recall import Recall

Work = Callable[[torch.Tensor, torch.Tensor], Any]
WORKS: dict[str, Work] = {
    "new": lambda a, b: a @ b + 2,
    "scalar": lambda a, _: a.norm() / 3,
    "dtype": lambda a, _: a.to(torch.bfloat16).float(),
    "transposed": lambda a, b: a.t().contiguous() + b,
    "view": lambda a, _: a.reshape(-1).unsqueeze(0).permute(1, 0),
    "part": lambda a, _: a[1:, 2],
    "expanded": lambda a, _: a[:1].expand(5, -1),
    "several": lambda a, _: torch.linalg.svd(a),
    "pieces": lambda a, _: a.split(3),
    "many": lambda a, b: torch._foreach_mul([a, b], 2.0),
    "written": lambda a, _: a.clone().mul_(2).add_(1),
    "all written": lambda a, b: torch._foreach_add_([a.clone(), b.clone()], 1),
    "random": lambda a, _: torch.rand_like(a),
    "einsum": lambda a, b: torch.einsum("ij,jk->ik", a, b),
}


class Recalling(TorchDispatchMode):
    """Asks for every operation."""

    def __init__(self) -> None:
        super().__init__()
        self._recall = Recall()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return self._recall.call(func, args, kwargs or {}) if args else func(**(kwargs or {}))


def _told(value: Any, given: torch.Tensor) -> Any:
    if isinstance(value, torch.Tensor):
        storage = value.untyped_storage()
        shared = storage._cdata == given.untyped_storage()._cdata
        kind = (value.shape, value.stride(), value.storage_offset(), value.dtype, value.device)
        return (*kind, shared, storage.nbytes())
    return type(value), [_told(each, given) for each in value]


@pytest.mark.parametrize("name", WORKS)
def test_the_second_time_is_like_the_first_and_like_no_recall(name: str) -> None:
    with FakeTensorMode():
        a, b = torch.empty(7, 7), torch.empty(7, 7)
        plain = _told(WORKS[name](a, b), a)
        with Recalling():
            other = torch.empty(7, 7)
            assert [_told(WORKS[name](each, b), each) for each in (a, a, other)] == [plain] * 3


def test_new_tensors_have_memory_of_their_own() -> None:
    with FakeTensorMode(), Recalling():
        a = torch.empty(7, 7)
        first, second = a + 1, a + 1
        assert first.untyped_storage()._cdata != second.untyped_storage()._cdata
        assert a.t().untyped_storage()._cdata == a[1:].untyped_storage()._cdata == a.untyped_storage()._cdata


def test_numbers_that_are_known_stay_known() -> None:
    with FakeTensorMode(), Recalling():
        for value in (3.0, 5.0):
            assert float(torch.tensor(value).clone()) == value
