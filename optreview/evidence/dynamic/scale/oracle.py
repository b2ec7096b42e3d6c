"""What a small real run read out of its tensors, and where, to be told again where there are no values.

A place is the two innermost calls of code that is not torch's own machinery, by the instruction in each: the
same code reaches the same place with real and with fake tensors.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._python_dispatch import TorchDispatchMode

from optreview.evidence.dynamic.memory.ledger import VALUE_READS
from optreview.evidence.dynamic.scale.constants import table
from optreview.evidence.dynamic.scale.in_place import changes_values_alone
from optreview.evidence.dynamic.scale.recall import Recall
from optreview.evidence.dynamic.scale.sparse import KNOWN, sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Place = tuple[tuple[str, str, int], ...]

_DEPTH = 2
_TORCH = os.path.join(Path(torch.__file__).parent, "")  # noqa: PTH118 - with the separator at its end
_OPTIMIZERS = os.path.join(_TORCH, "optim", "")  # noqa: PTH118
_OWN = os.path.join(Path(__file__).parent.parent, "")  # noqa: PTH118


class UnansweredError(Exception):
    """Nothing was read at this place in the small run."""


class Oracle:
    """Reads by operation, place and step, in the order in which they happened.

    Attributes:
        told: How many reads were answered.
        refusing: Operations that the real run could not do somewhere: kernels that a dtype does not have,
            decompositions that do not converge. Code may have caught that and taken another way.
    """

    def __init__(self) -> None:
        self.refusing: set[str] = set()
        self._read: dict[tuple[str, Place], dict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
        self._asked: dict[tuple[str, Place], int] = defaultdict(int)
        self._step = 0
        self.told = 0

    def forget_answers(self) -> None:
        """Begin to tell anew."""
        self._asked.clear()
        self.told = 0

    def begin(self, step: int) -> None:
        """What is noted or asked from now on belongs to this step."""
        self._step = step
        self._asked.clear()

    def note(self, operation: str, value: object) -> None:
        """The real run has read a value."""
        self._read[operation, _place()][self._step].append(value)

    def ask(self, operation: str) -> Any:  # noqa: ANN401 - whatever the operation hands to Python
        """What the real run read here in the same step, or in the last one that came here.

        A place that is reached more often than in the real run, since there are more tensors, is told the
        same values in turn.

        Raises:
            UnansweredError: The real run did not come here.
        """
        key = operation, _place()
        steps = self._read.get(key)
        if steps is None:
            raise UnansweredError(_words(key[1]))
        self.told += 1
        return self._next(key, steps)

    def note_outcome(self, operation: str, error: Exception | None) -> None:
        """The real run has called an operation that is refused at times; from the first refusal on."""
        if error is not None:
            self.refusing.add(operation)
        self.note(_outcome(operation), None if error is None else (type(error), error.args))

    def repeat_outcome(self, operation: str) -> None:
        """Refuse the operation where the real run could not do it.

        Raises:
            Exception: What the real run raised here.
        """
        key = _outcome(operation), _place()
        steps = self._read.get(key)
        said = None if steps is None else self._next(key, steps)
        if said is not None:
            kind, arguments = said
            raise kind(*arguments)

    def _next(self, key: tuple[str, Place], steps: dict[int, list[Any]]) -> Any:  # noqa: ANN401
        values = steps[self._step] if self._step in steps else steps[max(steps)]
        turn = self._asked[key]
        self._asked[key] += 1
        return values[turn % len(values)]


class Listening(TorchDispatchMode):
    """Notes for the oracle what a real run reads."""

    def __init__(self, oracle: Oracle) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._oracle = oracle

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operation returns
        """Run one operation."""
        if any(hasattr(each, "__tensor_flatten__") for each in types):
            return NotImplemented
        name = _name(func)
        try:
            result = func(*args, **(kwargs or {}))
        except Exception as error:
            self._oracle.note_outcome(name, error)
            raise
        if name in self._oracle.refusing:
            self._oracle.note_outcome(name, None)
        if name in VALUE_READS:
            self._oracle.note(name, result)
        elif name in _SELECTIONS:
            self._oracle.note(name, result.shape[0] / max(1, args[0].numel()))
        elif name == _INDEX:
            for mask in _masks(args[1]):
                self._oracle.note(name, int(mask.sum()) / max(1, mask.numel()))
        return result


class Telling(TorchDispatchMode):
    """Answers reads of fake tensors with what the oracle knows."""

    def __init__(self, oracle: Oracle) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._oracle = oracle
        self._recall = Recall()

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operation returns
        """Run one operation; a constant keeps its own value."""
        if func is _DEVICE and isinstance(args[0], FakeTensor) and not args[0].fake_mode.in_kernel_invocation:
            return args[0].fake_device
        name = _name(func)
        if name in self._oracle.refusing:
            self._oracle.repeat_outcome(name)
        if args and changes_values_alone(func, args[0]):
            return args[0] if isinstance(args[0], torch.Tensor) else None
        if args and isinstance(args[0], FakeTensor):
            if name in VALUE_READS and args[0].constant is None:
                return self._oracle.ask(name)
            if name in KNOWN and sparse(args[-1]):
                return KNOWN[name](*args, **(kwargs or {}))
            if name in _SELECTIONS:
                return _SELECTIONS[name](args[0], self._oracle.ask(name))
            if name == _INDEX and _masks(args[1]):
                args = (args[0], [each for index in args[1] for each in self._positions(index)], *args[2:])
        return self._called(name, func, args, kwargs or {})

    def _called(
        self, name: str, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, object]
    ) -> Any:  # noqa: ANN401 - whatever the operation returns
        made = table(name, func, args, kwargs)
        if made is not None:
            return made
        return self._recall.call(func, args, kwargs) if args else func(**kwargs)

    def _positions(self, index: torch.Tensor | None) -> list[torch.Tensor | None]:
        """For a mask, as many positions in each of its dimensions as the real run had chosen by share."""
        if index is None or not _masks([index]):
            return [index]
        chosen = round(self._oracle.ask(_INDEX) * index.numel())
        return [index.new_zeros(chosen, dtype=torch.int64) for _ in range(index.dim())]


_INDEX = "aten::index"
_DEVICE = torch.ops.prim.device.default


def _outcome(operation: str) -> str:
    return f"{operation}, outcome"


def _masks(indices: Iterable[torch.Tensor | None]) -> list[torch.Tensor]:
    """The indices that choose by truth."""
    return [each for each in indices if each is not None and each.dtype in {torch.bool, torch.uint8}]


def _nonzero(tensor: torch.Tensor, share: float) -> torch.Tensor:
    return tensor.new_empty((round(share * tensor.numel()), tensor.dim()), dtype=torch.int64)


def _selected(tensor: torch.Tensor, share: float) -> torch.Tensor:
    return tensor.new_empty(round(share * tensor.numel()))


#: Operations whose result has as many rows as the values say: the share of the elements is what is told.
_SELECTIONS: dict[str, Callable[[torch.Tensor, float], torch.Tensor]] = {
    "aten::nonzero": _nonzero,
    "aten::masked_select": _selected,
}


@cache
def _name(func: Callable[..., Any]) -> str:
    return func.name().partition(".")[0]  # type: ignore[attr-defined, no-any-return]


def _place() -> Place:
    found: list[tuple[str, str, int]] = []
    frame = sys._getframe(2)
    while frame is not None and len(found) < _DEPTH:
        file = frame.f_code.co_filename
        if not _machinery(file):
            found.append((file, frame.f_code.co_name, frame.f_lasti))
        frame = frame.f_back  # type: ignore[assignment]
    return tuple(found)


def _machinery(file: str) -> bool:
    return (file.startswith(_TORCH) and not file.startswith(_OPTIMIZERS)) or file.startswith(_OWN)


def _words(place: Place) -> str:
    if not place:
        return "a value was read that the small run did not read"
    file, function, _ = place[0]
    return f"`{function}` in {Path(file).name} reads a value that the small run did not read"
