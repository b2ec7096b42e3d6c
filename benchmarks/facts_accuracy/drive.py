"""Small runs of an optimizer class: built plainly, stepped with gradients that are known."""

from __future__ import annotations

import contextlib
import inspect
import io
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Values for arguments without a default, by their names.
CUSTOMARY = {"lr": 1e-2, "num_data": 100, "num_iterations": 100, "momentum": 0.9, "t_max": 100, "rho": 0.05}
SHAPES: list[list[tuple[int, ...]]] = [[(8, 6), (6,)], [(8, 6)]]


class NotDrivenError(Exception):
    """The class cannot be run plainly."""


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without what the optimizer prints and warns of."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@dataclass
class Run:
    """An optimizer with its parameters, and what its calls of the closure looked like."""

    optimizer: Any
    parameters: list[torch.nn.Parameter]
    scale: float = 1.0
    calls: list[bool] = field(default_factory=list)
    loss: torch.Tensor = field(default_factory=lambda: torch.tensor(1.25))

    def gradients(self) -> None:
        """Every parameter's gradient: the same at every step."""
        for parameter in self.parameters:
            count = parameter.numel()
            values = torch.linspace(0.5, 1.5, count) * torch.tensor([1.0, -1.0]).repeat(count)[:count]
            parameter.grad = (self.scale * values).view_as(parameter).to(parameter.dtype)

    def closure(self) -> torch.Tensor:
        """Gives the known gradients, and notes whether autograd records."""
        self.calls.append(torch.is_grad_enabled())
        self.gradients()
        return self.loss

    def step(self, *, closure: bool) -> Any:  # noqa: ANN401 - whatever the step returns
        """One step from the known gradients."""
        self.calls.clear()
        self.gradients()
        with quietly():
            return self.optimizer.step(self.closure) if closure else self.optimizer.step()


def build(cls: Callable[..., Any], options: dict[str, Any], shapes: int = 0, **kind: Any) -> Run:  # noqa: ANN401
    """Build an optimizer over a few parameters; one that wraps another gets SGD."""
    names = inspect.signature(cls).parameters
    torch.manual_seed(0)
    parameters = [torch.nn.Parameter(torch.randn(shape, **kind) + 2.0) for shape in SHAPES[shapes]]
    given: dict[str, Any] = {
        name: CUSTOMARY[name]
        for name, entry in names.items()
        if entry.default is entry.empty and name in CUSTOMARY
    }
    if "base_optimizer" in names:
        given["base_optimizer"] = torch.optim.SGD
        given["lr"] = 1e-2
    first = next(iter(names), "params")
    over: Any = torch.optim.SGD(parameters, lr=1e-2) if "optim" in first else parameters
    with quietly():
        return Run(cls(over, **given, **options), parameters)


def driven(cls: type[torch.optim.Optimizer], options: dict[str, Any], steps: int = 1, **kind: Any) -> Run:  # noqa: ANN401
    """A run after some steps, over two parameters or over one matrix, without a closure or with one."""
    error: Exception = NotDrivenError("never tried")
    for shapes in range(len(SHAPES)):
        for closure in (False, True):
            try:
                run = build(cls, options, shapes, **kind)
                for _ in range(steps):
                    run.step(closure=closure)
            except Exception as raised:  # noqa: BLE001 - any class may fail in any way
                error = raised
                continue
            return run
    raise NotDrivenError(str(error))
