"""What operations return for arguments of a kind that they were given before: a model has many tensors alike.

Most of a simulation's time would go into working out the same shapes again. New tensors and views of the
first argument are recalled; what writes, or hangs on values, is left to those who know it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch._subclasses.fake_tensor import FakeTensor, in_kernel_invocation_manager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Key = tuple[object, ...]

#: Arguments that mean the same wherever they come.
_PLAIN = frozenset(
    {int, float, bool, str, type(None), torch.dtype, torch.device, torch.layout, torch.memory_format}
)
_UNTOLD = frozenset({torch.Tag.dynamic_output_shape, torch.Tag.data_dependent_output})


class _Kind(NamedTuple):
    """A tensor without values, as far as it can be told apart from others."""

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: torch.dtype
    device: torch.device


class _Result(NamedTuple):
    """What an operation returned; ``shares`` its first argument's memory."""

    container: type
    kinds: tuple[_Kind, ...]
    shares: bool


class Recall:
    """Calls operations, or makes anew what they returned before."""

    def __init__(self) -> None:
        self._known: dict[Key, _Result | None] = {}

    def call(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the operation returns
        """The result of one operation."""
        first, shares = args[0], _shares(func)
        if type(first) is not FakeTensor or shares is None:
            return func(*args, **kwargs)
        given = _key((*args, *kwargs.values()))
        if given is None:
            return func(*args, **kwargs)
        key = (func, tuple(kwargs), *given)
        if (known := self._known.get(key)) is not None:
            return _made(first, known)
        result = func(*args, **kwargs)
        if key not in self._known:
            self._known[key] = _described(first, result, shares=shares)
        return result


@cache
def _shares(func: Callable[..., Any]) -> bool | None:
    """Whether the one tensor that an operation returns is a view of its first argument.

    False where all that it returns is new; None where it writes, or where neither is sure.
    """
    if not isinstance(func, torch._ops.OpOverload) or func.namespace != "aten" or _UNTOLD & set(func.tags):
        return None
    arguments, returns = func._schema.arguments, func._schema.returns
    aliased = [each.alias_info for each in (*arguments, *returns) if each.alias_info is not None]
    if not aliased:
        return False
    if not func.is_view or len(aliased) != 2 or len(returns) != 1 or any(each.is_write for each in aliased):
        return None
    return True if arguments[0].alias_info is not None and returns[0].alias_info is not None else None


def _key(values: Iterable[object]) -> Key | None:
    """What the arguments are like; None where that does not say everything."""
    found: list[object] = []
    for each in values:
        kind = type(each)
        if kind is FakeTensor:
            part: object = _kind(each)
        elif kind in _PLAIN:
            part = (kind, each)
        elif kind is list or kind is tuple:
            part = _key(each)  # type: ignore[arg-type]
        else:
            return None
        if part is None:
            return None
        found.append(part)
    return tuple(found)


def _kind(tensor: Any) -> _Kind | None:  # noqa: ANN401 - a FakeTensor, whose attributes mypy does not know
    if (
        tensor.constant is not None
        or tensor.layout is not torch.strided
        or tensor.is_conj()
        or tensor.is_neg()
    ):
        return None
    offset = tensor.storage_offset()
    return _Kind(tuple(tensor.shape), tensor.stride(), offset, tensor.dtype, tensor.fake_device)


def _described(first: Any, result: Any, *, shares: bool) -> _Result | None:  # noqa: ANN401
    """What is to be made next time; None where that would be something else."""
    tensors = result if isinstance(result, (list, tuple)) else (result,)
    kinds = [_kind(each) if type(each) is FakeTensor else None for each in tensors]
    known = tuple(each for each in kinds if each is not None)
    if not known or len(known) < len(kinds):
        return None
    described = _Result(type(result), known, shares)
    again = _made(first, described)
    again = again if isinstance(again, (list, tuple)) else (again,)
    same = all(_alike(one, other, first, shares) for one, other in zip(tensors, again, strict=True))
    return described if same else None


def _alike(one: Any, other: Any, first: Any, shares: bool) -> bool:  # noqa: ANN401
    storages = [each.untyped_storage() for each in (one, other, first)]
    own = [storage._cdata == storages[2]._cdata for storage in storages[:2]]
    return own == [shares, shares] and storages[0].nbytes() == storages[1].nbytes()


def _made(first: Any, result: _Result) -> Any:  # noqa: ANN401
    made = [_tensor(first, kind, shares=result.shares) for kind in result.kinds]
    return made[0] if result.container is FakeTensor else result.container(made)


def _tensor(first: Any, kind: _Kind, *, shares: bool) -> Any:  # noqa: ANN401
    mode = first.fake_mode
    with torch._C._DisableTorchDispatch():
        if shares:
            meta = torch.empty((0,), dtype=kind.dtype, device="meta")
            with in_kernel_invocation_manager(mode):
                meta.set_(first.untyped_storage(), kind.offset, kind.shape, kind.stride)
        else:
            meta = torch.empty_strided(kind.shape, kind.stride, dtype=kind.dtype, device="meta")
    return FakeTensor(mode, meta, kind.device)
