"""What a step moves: bytes that its operations read and write, and the full-size tensors it makes.

Counted from the schema of each aten operation and the shapes and dtypes of its tensors, so that the figures
are the same on every machine. What an operation needs inside its kernel is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import torch

from optreview.records import StepCost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: In-place operations that overwrite a tensor without reading it. Those that draw random numbers are tagged.
_OVERWRITES = frozenset({"copy_", "zero_", "fill_", "_foreach_copy_", "_foreach_zero_"})


@dataclass(frozen=True)
class _Input:
    """An argument of an operation that can hold tensors."""

    position: int
    name: str
    read: bool
    written: bool


@dataclass(frozen=True)
class _Signature:
    """What an operation does with its arguments; ``fills`` is False where results are left uninitialised."""

    inputs: tuple[_Input, ...]
    fills: bool
    makes: bool


class Traffic:
    """Adds up what operations read, write and make.

    A tensor counts by the elements it really has: one that is expanded, by those before the expansion. One
    that is given twice to an operation is read once. A tensor is full-size when it has as many elements as a
    parameter of two or more dimensions, or more than the largest parameter. Vectors are left out, since a
    row or a column of statistics is as large as a bias.
    """

    def __init__(self, parameters: Sequence[torch.Tensor]) -> None:
        matrices = [p for p in parameters if p.dim() > 1] or parameters
        self._sizes = {p.numel() for p in matrices}
        self._largest = max(p.numel() for p in parameters)
        self.clear()

    def clear(self) -> None:
        """Begin a new step."""
        self._read = self._written = 0
        self._made: list[int] = []

    @property
    def cost(self) -> StepCost:
        """Since ``clear``."""
        return StepCost(
            bytes_read=self._read,
            bytes_written=self._written,
            full_size=len(self._made),
            full_size_bytes=sum(self._made),
        )

    def note(
        self,
        operation: torch._ops.OpOverload[..., Any],
        args: Sequence[object],
        kwargs: Mapping[str, object],
        result: object,
    ) -> None:
        """Take in one operation that has just run."""
        signature = _signature(operation)
        seen, held = set(), set()
        for each in signature.inputs:
            value = args[each.position] if each.position < len(args) else kwargs.get(each.name)
            for tensor in _tensors(value):
                held.add(_storage(tensor))
                if each.read and id(tensor) not in seen:
                    seen.add(id(tensor))
                    self._read += _bytes(tensor)
                if each.written and not _only_scanned(operation, each, kwargs):
                    self._written += _bytes(tensor)
        if signature.makes:
            for tensor in _tensors(result):
                if _storage(tensor) not in held:
                    self._take(tensor, filled=signature.fills)

    def _take(self, tensor: torch.Tensor, *, filled: bool) -> None:
        if filled:
            self._written += _bytes(tensor)
        if tensor.numel() in self._sizes or tensor.numel() > self._largest:
            self._made.append(_bytes(tensor))


@cache
def _signature(operation: torch._ops.OpOverload[..., Any]) -> _Signature:
    name, tags = operation._schema.name.rpartition("::")[2], operation.tags
    if operation.is_view or torch.Tag.inplace_view in tags:
        return _Signature((), fills=False, makes=False)
    shape_only = name.endswith("_like") or name.startswith(("new_", "empty"))
    overwrites = name in _OVERWRITES or torch.Tag.nondeterministic_seeded in tags
    inputs = []
    for position, argument in enumerate(operation._schema.arguments):
        if "Tensor" not in str(argument.type):
            continue
        written = argument.alias_info is not None and argument.alias_info.is_write
        read = not shape_only and not argument.is_out and not (overwrites and written)
        inputs.append(_Input(position, argument.name, read, written))
    makes = any(each.alias_info is None for each in operation._schema.returns)
    return _Signature(tuple(inputs), fills="empty" not in name, makes=makes)


def _only_scanned(
    operation: torch._ops.OpOverload[..., Any], given: _Input, kwargs: Mapping[str, object]
) -> bool:
    """A fused optimizer says that it writes the gradients; it does where it has to unscale them."""
    fused = operation._schema.name.startswith("aten::_fused_")
    return fused and given.name == "grads" and kwargs.get("grad_scale") is None


def _tensors(value: object) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        if value.layout is torch.sparse_coo:
            yield value._indices()
            yield value._values()
        else:
            yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _tensors(each)


def _storage(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage()._cdata if tensor.layout is torch.strided else id(tensor)


def _bytes(tensor: torch.Tensor) -> int:
    elements = 1
    for size, stride in _extents(tensor):
        elements *= size if stride or size == 0 else 1
    return elements * tensor.element_size()


def _extents(tensor: torch.Tensor) -> Iterable[tuple[int, int]]:
    if tensor.layout is torch.strided:
        return zip(tensor.shape, tensor.stride(), strict=True)
    return ((size, 1) for size in tensor.shape)
