"""Records steps of an optimizer: symbolic numbers are put in its places, and read there after the step."""

from __future__ import annotations

import sys
from contextlib import ExitStack, nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch

from optreview.evidence.dynamic.rule.program.budget import Budget
from optreview.evidence.dynamic.rule.program.completeness import Unseen
from optreview.evidence.dynamic.rule.program.expression import Expressions
from optreview.evidence.dynamic.rule.program.instructions import Program, Situation
from optreview.evidence.dynamic.rule.program.literals import functions, yielding
from optreview.evidence.dynamic.rule.program.places import Visitor, flags
from optreview.evidence.dynamic.rule.program.recorder import Recorder
from optreview.evidence.dynamic.rule.program.scalars import Book, is_symbolic, plain, symbolic
from optreview.evidence.dynamic.rule.program.shadows import modules_of, replacements, shadowed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, FunctionType

    from optreview.evidence.dynamic.rule.program.expression import Expression, Number
    from optreview.evidence.dynamic.rule.program.shadows import Replacement


class Tracer:
    """Takes an optimizer's steps and records each.

    Args:
        optimizer: It keeps working as before; after each step all its numbers are plain ones again.
        parameters: All of its parameters.
        expressions: Programs of several tracers can be compared where these are the same.
        budget: What recording may take.
        merging: As in ``replacements``.
        named: Note names and lines of the code; a program that is only executed needs neither.

    Attributes:
        unseen: Operations that reached torch past the recorder in steps that were watched.
    """

    def __init__(  # noqa: PLR0913 - each is one way in which recording departs from the usual
        self,
        optimizer: torch.optim.Optimizer,
        parameters: Sequence[torch.Tensor],
        expressions: Expressions | None = None,
        budget: Budget | None = None,
        *,
        merging: bool = True,
        named: bool = True,
    ) -> None:
        self.unseen: set[str] = set()
        self._books: list[Book] = []
        self._budget = budget or Budget()
        self.optimizer = optimizer
        self.parameters = parameters
        self._expressions = expressions or Expressions()
        self._package = type(optimizer).__module__.partition(".")[0] if named else None
        found = _changes(type(optimizer), len(sys.modules), merging=merging)  # type: ignore[arg-type]
        self._replacements, self._functions = found
        self._patched = ExitStack()
        self._active = False

    def __enter__(self) -> Tracer:
        """Several steps may be taken before what recording replaces is put back."""
        with ExitStack() as stack:
            stack.enter_context(torch.compiler.set_stance("force_eager"))
            stack.enter_context(shadowed(self._replacements))
            stack.enter_context(yielding(self._functions))
            self._patched = stack.pop_all()
        self._active = True
        return self

    def __exit__(self, *_: object) -> None:
        """Put it back."""
        self._active = False
        self._patched.close()

    @property
    def kept(self) -> bool:
        """Whether a number of an earlier step was used that was kept where nobody looked for it."""
        return any(each.kept for each in self._books)

    def step(self, closure: Callable[[], Any] | None = None, *, watching: bool = False) -> Program:
        """Take one step with the gradients that the parameters have.

        Args:
            closure: For an optimizer that wants one.
            watching: Look whether anything reaches torch past the recorder; see ``unseen``.

        Raises:
            UntraceableError: It does something that cannot be recorded. The step has been cut short then.
        """
        recorder = Recorder(self._package, self._expressions, self._budget)
        inputs, numbers, before = self._bind(recorder)
        wrapped = None if closure is None else self._closing(recorder, closure)
        unseen = Unseen(recorder) if watching else nullcontext()
        try:
            with nullcontext() if self._active else self, unseen, recorder:
                self.optimizer.step(wrapped) if wrapped else self.optimizer.step()
        finally:
            scalars, tensors, after = self._unbind(recorder)
            recorder.book.closed = True
            self._books.append(recorder.book)
        if recorder.refusal is not None:
            raise recorder.refusal
        if isinstance(unseen, Unseen):
            self.unseen |= unseen.names
        return Program(
            inputs=tuple(inputs),
            flags=flags(before),
            numbers=tuple(sorted(numbers)),
            constants=tuple(recorder.constants),
            instructions=tuple(recorder.instructions),
            tensors=tuple(tensors),
            scalars=tuple(scalars),
            left=flags(after),
            scalar_names=dict(recorder.naming.numbers),
            scalar_lines=dict(recorder.book.lines),
        )

    def _bind(self, recorder: Recorder) -> tuple[list[tuple[str, int]], dict[str, Number], dict[str, object]]:
        inputs: list[tuple[str, int]] = []
        numbers: dict[str, Number] = {}
        before: dict[str, object] = {}

        def visit(path: str, value: Any) -> Any:  # noqa: ANN401 - a number or a tensor
            if isinstance(value, torch.Tensor):
                inputs.append((path, recorder.register(value)))
                return value
            numbers[path] = value
            return symbolic(recorder.book, recorder.book.expressions.leaf(path), value)

        for index, parameter in enumerate(self.parameters):
            inputs.append((f"param.{index}", recorder.register(parameter)))
            if parameter.grad is not None:
                inputs.append((f"grad.{index}", recorder.register(parameter.grad)))
        Visitor(self.parameters, visit, before.__setitem__).optimizer(self.optimizer)
        return inputs, numbers, before

    def _unbind(
        self, recorder: Recorder
    ) -> tuple[list[tuple[str, Expression]], list[tuple[str, int]], dict[str, object]]:
        scalars: list[tuple[str, Expression]] = []
        tensors: list[tuple[str, int]] = []
        after: dict[str, object] = {}

        def visit(path: str, value: Any) -> Any:  # noqa: ANN401 - a number or a tensor
            if isinstance(value, torch.Tensor):
                number = recorder.known(value)
                if number is None:
                    number = recorder.register(value)
                    recorder.constants.append((number, value.detach().clone()))
                tensors.append((path, number))
                return value
            if not is_symbolic(value):
                scalars.append((path, recorder.book.expressions.constant(plain(value))))
                return plain(value)
            scalars.append((path, value.expression))
            return value.value

        for index, parameter in enumerate(self.parameters):
            tensors.append((f"param.{index}", recorder.register(parameter)))
        Visitor(self.parameters, visit, after.__setitem__).optimizer(self.optimizer)
        return scalars, tensors, after

    def _closing(self, recorder: Recorder, closure: Callable[[], Any]) -> Callable[[], Any]:
        def wrapped() -> Any:  # noqa: ANN401 - what the closure returns
            recorder.paused = True
            try:
                loss = closure()
                gradients = [(i, p.grad) for i, p in enumerate(self.parameters) if p.grad is not None]
            finally:
                recorder.paused = False
            recorder.closed(gradients, loss)
            return loss

        return wrapped


@lru_cache(maxsize=4)
def _changes(
    cls: type,
    imported: int,  # noqa: ARG001 - as long as no more modules are
    *,
    merging: bool,
) -> tuple[list[Replacement], list[tuple[FunctionType, CodeType]]]:
    """What recording replaces; every step of a class asks for it."""
    modules = modules_of(cls)
    own = {each.__module__ for each in cls.__mro__}
    return replacements(modules, merging=merging), functions(
        [each for each in modules if each.__name__ in own]
    )


def situation(optimizer: torch.optim.Optimizer, parameters: Sequence[torch.Tensor]) -> Situation:
    """What an optimizer holds, by place; the tensors are its own."""
    tensors: dict[str, torch.Tensor] = {}
    numbers: dict[str, Number] = {}
    noted: dict[str, object] = {}

    def visit(path: str, value: Any) -> Any:  # noqa: ANN401 - a number or a tensor
        (tensors if isinstance(value, torch.Tensor) else numbers)[path] = value
        return value

    for index, parameter in enumerate(parameters):
        tensors[f"param.{index}"] = parameter
        if parameter.grad is not None:
            tensors[f"grad.{index}"] = parameter.grad
    Visitor(parameters, visit, noted.__setitem__).optimizer(optimizer)
    return Situation(tensors, numbers, flags(noted))
