"""How optimizers want to be built and stepped: one protocol a file, found by location, combined as needed.

Which protocol applies is read from the signature and from what the optimizer says when it refuses, never from
its name. Protocols stack: an optimizer that needs both a closure and matrices gets both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import torch
    from torch import nn


@dataclass(frozen=True)
class Clues:
    """What is known about how an optimizer wants to be driven.

    Attributes:
        first: Name of the constructor's first parameter.
        group_flags: Keys that the source looks for in a parameter group, such as ``use_muon``.
        required: Constructor parameters without a default, after the first one.
        step_requires: Parameters of ``step`` without a default.
        modes: The class has both ``train()`` and ``eval()``.
        stage: Where the last attempt failed: while building, while stepping, or not moving any weight.
        error: What it said, as ``Type: text``; empty before the first attempt.
    """

    first: str = ""
    group_flags: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    step_requires: tuple[str, ...] = ()
    modes: bool = False
    stage: Literal["build", "step", "still", "heavy"] | None = None
    error: str = ""

    def mentions(self, *words: str) -> bool:
        """Whether the error's text has any of these words, in any case."""
        text = self.error.lower()
        return any(word in text for word in words)


class Protocol:
    """One way in which an optimizer departs from ``cls(params)``, ``backward()``, ``step()``.

    The class attributes are the lines of the snippet that does the same by hand; ``{flag}`` in them stands
    for the first of ``Clues.group_flags``. ``gradients_first``: they also exist before ``step(closure)``.
    """

    order: ClassVar[int] = 50
    parameters_source: ClassVar[str] = ""
    setup_source: ClassVar[str] = ""
    backward_source: ClassVar[str] = ""
    gradients_source: ClassVar[str] = ""
    closure: ClassVar[bool] = False
    gradients_first: ClassVar[bool] = False

    def suits(self, clues: Clues) -> bool:
        """Whether the clues call for this protocol."""
        raise NotImplementedError

    def arguments(self, clues: Clues) -> Mapping[str, str]:  # noqa: ARG002
        """Constructor arguments to add, as source text."""
        return {}

    def accepts(self, parameter: torch.Tensor) -> bool:  # noqa: ARG002
        """Whether the optimizer is given this tensor."""
        return True

    def first_argument(
        self,
        model: nn.Module,  # noqa: ARG002
        parameters: Sequence[nn.Parameter],  # noqa: ARG002
        clues: Clues,  # noqa: ARG002
    ) -> object | None:
        """What the constructor gets instead of a list of parameters; None leaves it at that."""
        return None

    def prepare(self, optimizer: torch.optim.Optimizer) -> None:
        """Put a new optimizer into the state in which it is stepped."""

    def backward(self, loss: torch.Tensor) -> bool:  # noqa: ARG002
        """Run the backward pass its own way; False leaves it to the next protocol."""
        return False

    def shape_gradients(self, parameters: Iterable[torch.Tensor]) -> None:
        """Change the gradients into the form that the optimizer takes."""


def ladder() -> tuple[Protocol, ...]:
    """Every protocol, in the order in which they are tried."""
    from optreview.plugins import classes  # noqa: PLC0415 - the modules found there import this one

    found = [cls() for cls in classes(__name__, Protocol)]
    return tuple(sorted(found, key=lambda protocol: (protocol.order, name_of(protocol))))


def name_of(protocol: Protocol) -> str:
    """A protocol's name: its file's."""
    return type(protocol).__module__.rpartition(".")[2]
