"""Records one step as a program, while it runs, by taking every torch call that Python code makes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

from optreview.evidence.dynamic.rule.program.budget import Budget, UntraceableError
from optreview.evidence.dynamic.rule.program.instructions import (
    Call,
    Closure,
    Guard,
    Instruction,
    Read,
    Register,
    flattened,
    mapped,
)
from optreview.evidence.dynamic.rule.program.naming import Nameless, Naming
from optreview.evidence.dynamic.rule.program.scalars import Book, Symbolic, is_symbolic, plain, symbolic
from optreview.evidence.dynamic.rule.program.shadows import unshadowed
from optreview.evidence.dynamic.rule.program.written import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    from optreview.evidence.dynamic.rule.program.expression import Expression, Expressions

#: Calls whose result is a number or a truth value that depends on what is in the tensors.
_READS = frozenset(
    {"item", "tolist", "__bool__", "__float__", "__int__", "__index__", "equal", "allclose", "is_nonzero"}
)
#: Calls that hand memory to NumPy, where nothing is seen.
_LEAVES_TORCH = frozenset({"numpy", "__array__", "__dlpack__"})
#: Equal, not the same, each time it is looked up. Setting the gradient changes no value.
_SETS_VALUES = torch.Tensor.data.__set__  # type: ignore[attr-defined]


class Recorder(TorchFunctionMode):
    """Active while one step runs.

    Args:
        package: Whose variables give values their names; None: they get none, and no lines.
        expressions: Those that make up the program's numbers.
        budget: What recording may take.

    Attributes:
        instructions: What has been recorded.
        constants: Tensors that were neither there before the step nor made by a recorded call.
        paused: While it is set, calls are let through: a closure's own are not the optimizer's.
        handling: A call is under way that will be recorded.
        refusal: Why the step cannot be recorded, if it was found out.
    """

    def __init__(self, package: str | None, expressions: Expressions, budget: Budget | None = None) -> None:
        super().__init__()
        self._budget = budget or Budget()
        self.book = Book(expressions, located=package is not None)
        self.book.on_guard = self._guard
        self.instructions: list[Instruction] = []
        self.constants: list[tuple[int, torch.Tensor]] = []
        self.naming = Nameless() if package is None else Naming(package)
        self.paused = False
        self.handling = False
        self.refusal: UntraceableError | None = None
        self._numbers: dict[int, int] = {}
        self._alive: list[object] = []
        self._readings = 0

    def register(self, tensor: torch.Tensor) -> int:
        """The number of a tensor, a new one if it has none."""
        found = self._numbers.get(id(tensor))
        if found is None:
            found = self._numbers[id(tensor)] = len(self._alive)
            self._alive.append(tensor)  # so that no other tensor gets its id
        return found

    def known(self, tensor: torch.Tensor) -> int | None:
        """The number of a tensor, if it has one."""
        return self._numbers.get(id(tensor))

    def closed(self, gradients: Iterable[tuple[int, torch.Tensor]], loss: object) -> None:
        """The closure has been called."""
        fresh = tuple((index, self._renewed(each)) for index, each in gradients)
        number = self.register(loss) if isinstance(loss, torch.Tensor) else None
        self._append(Closure(fresh, number))

    def _renewed(self, tensor: torch.Tensor) -> int:
        """A new number for a tensor that the closure filled, even where the object is an old one."""
        self._numbers.pop(id(tensor), None)
        return self.register(tensor)

    def _guard(self, expression: Expression, outcome: bool) -> None:
        self.naming.look(sys._getframe(1), self._numbers)
        self._append(Guard(expression, outcome))

    def _append(self, instruction: Instruction) -> None:
        self._budget.spend()
        self.instructions.append(instruction)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - what torch returns
        try:
            return self._handled(func, args, kwargs or {})
        except UntraceableError as error:
            self.refusal = error  # the optimizer's own code may catch it
            raise

    def _handled(self, func: Callable[..., Any], args: tuple[Any, ...], given: dict[str, Any]) -> Any:  # noqa: ANN401
        tensors: list[torch.Tensor] = []

        def concrete(value: Any) -> Any:  # noqa: ANN401 - an argument
            if isinstance(value, torch.Tensor):
                tensors.append(value)
                return value
            return unshadowed(plain(value))

        real = mapped(args, concrete)
        named = {name: mapped(value, concrete) for name, value in given.items()}
        if self.paused:
            return func(*real, **named)
        name = getattr(func, "__name__", "")
        if name in _LEAVES_TORCH:
            raise UntraceableError("It computes with NumPy on the values of a tensor.")
        self.handling = True
        watch = Watch(func, tensors)
        try:
            result = func(*real, **named)
            written = watch.written()
        finally:
            self.handling = False
        if name in _READS:
            return self._read(func, args, given, result, sys._getframe(2))
        if func == _SETS_VALUES:
            written.append(tensors[0])
        self._note(func, args, given, result, written)
        return result

    def _note(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        given: dict[str, Any],
        result: object,
        written: list[torch.Tensor],
    ) -> None:
        """Record a call that made or wrote tensors."""
        new = [
            (position, each)
            for position, each in enumerate(flattened(result))
            if isinstance(each, torch.Tensor) and self.known(each) is None
        ]
        if new or written:
            self._append(self._call(func, args, given, written, new, sys._getframe(3)))

    def _call(  # noqa: PLR0913, PLR0917 - all that there is to a call
        self,
        func: Callable[..., Any],
        args: Any,  # noqa: ANN401
        kwargs: dict[str, Any],
        written: list[torch.Tensor],
        new: list[tuple[int, torch.Tensor]],
        frame: FrameType,
    ) -> Call:
        if func is torch.Tensor.__deepcopy__:
            args = (args[0], {})  # what has been copied before is the copier's own business
        frames, lines = self.naming.look(frame, self._numbers)
        return Call(
            func,
            mapped(args, self._noted),
            {name: mapped(value, self._noted) for name, value in kwargs.items()},
            # what is numbered first is what the call is given
            *self._numbered(written, new),
            frames,
            lines,
            self.naming.bound(),
        )

    def _numbered(
        self, written: list[torch.Tensor], new: list[tuple[int, torch.Tensor]]
    ) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
        changed = tuple(sorted({self._operand(each) for each in written}))
        return tuple((position, self.register(each)) for position, each in new), changed

    def _read(
        self,
        func: Callable[..., Any],
        args: Any,  # noqa: ANN401
        kwargs: dict[str, Any],
        result: Any,  # noqa: ANN401
        frame: FrameType,
    ) -> Any:  # noqa: ANN401
        if isinstance(result, list):
            raise UntraceableError("It reads many numbers of a tensor at once.")
        reading, self._readings = self._readings, self._readings + 1
        self._append(Read(self._call(func, args, kwargs, [], [], frame), reading))
        expression = self.book.expressions.item(reading)
        if isinstance(result, bool):
            return self.book.guard(expression, outcome=result)
        return symbolic(self.book, expression, result)

    def _noted(self, value: Any) -> Any:  # noqa: ANN401 - an argument
        if isinstance(value, torch.Tensor):
            return Register(self._operand(value))
        if isinstance(value, Symbolic):
            return value.expression if is_symbolic(value) and not value.expression.constant else value.value
        return unshadowed(value)

    def _operand(self, tensor: torch.Tensor) -> int:
        """The tensor's number; one that was never seen is a constant as it now is."""
        found = self.known(tensor)
        if found is None:
            found = self.register(tensor)
            self.handling = True  # the copy is not the optimizer's
            self.constants.append((found, tensor.detach().clone()))
            self.handling = False
        return found
