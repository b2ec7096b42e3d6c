"""How optimizers want to be built and stepped: one protocol a file, found by location, combined as needed.

Which protocol applies is read from the signature, from the source and from what the optimizer says when it
refuses, never from its name. Protocols stack: an optimizer that needs both a closure and matrices gets both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import torch
    from torch import nn


@dataclass(frozen=True)
class Clues:
    """What is known about how an optimizer wants to be driven.

    Attributes:
        first: Name of the constructor's first parameter.
        required: Constructor parameters without a default, after the first one.
        optional: Its other parameters, each with its default.
        step_requires: Parameters of ``step`` without a default.
        backward_requires: The same of a ``backward`` of its own.
        methods: Names of what can be called on it.
        source: Text of the class and of those that it derives from, torch's own base aside.
        stage: Where the last attempt failed: while building, while stepping, or not moving any weight.
        error: What it said, as ``Type: text``; empty before the first attempt.
    """

    first: str = ""
    required: tuple[str, ...] = ()
    optional: Mapping[str, object] = field(default_factory=dict)
    step_requires: tuple[str, ...] = ()
    backward_requires: tuple[str, ...] = ()
    methods: frozenset[str] = frozenset()
    source: str = ""
    stage: Literal["build", "step", "still", "heavy"] | None = None
    error: str = ""

    @property
    def refused(self) -> bool:
        """It raised, while it was built or stepped."""
        return self.stage in {"build", "step"}

    def mentions(self, *words: str) -> bool:
        """Whether the error's text has any of these words, in any case."""
        text = self.error.lower()
        return any(word in text for word in words)


class Protocol:
    """One way in which an optimizer departs from ``cls(params)``, ``backward()``, ``step()``.

    The class attributes are the lines of the snippet that does the same by hand. ``parameters_source`` is
    what the constructor gets, ``names_source`` lines before it that name parts of that; in both
    ``{parameters}`` stands for what it would get without this protocol.

    Attributes:
        only: The condition on ``p`` under which the optimizer is given the tensor.
        gradients_first: There are gradients before ``step(closure)`` as well.
        own_backward: The optimizer runs the backward pass itself, given the loss.
        tentative: A guess: what it does without it is tried too, and told if neither helps.
        again: What one refusal called for may be called for by the next one, about something else.
    """

    order: ClassVar[int] = 50
    only: ClassVar[str] = ""
    begin_source: ClassVar[str] = ""
    setup_source: ClassVar[str] = ""
    backward_source: ClassVar[str] = ""
    gradients_source: ClassVar[str] = ""
    closure: ClassVar[bool] = False
    gradients_first: ClassVar[bool] = False
    own_backward: ClassVar[bool] = False
    tentative: ClassVar[bool] = False
    again: ClassVar[bool] = False
    names_source: str = ""
    parameters_source: str = "{parameters}"

    def suits(self, clues: Clues) -> bool:
        """Whether the clues call for this protocol."""
        raise NotImplementedError

    def fitted(self, clues: Clues) -> Self:  # noqa: ARG002
        """The protocol with what it takes from the clues."""
        return self

    def arguments(self, clues: Clues) -> Mapping[str, str]:  # noqa: ARG002
        """Constructor arguments to add, as source text, in which ``model`` is the model."""
        return {}

    def note(self) -> str:
        """A sentence for the reader, where the snippet alone would leave a wrong idea."""
        return ""

    def under(self) -> str:
        """What it puts into parameter groups, in words, where figures would be others without it."""
        return ""

    def in_vain(self, error: str) -> str:  # noqa: ARG002
        """A sentence for the reader where it was tried, failed with that error, and was given up."""
        return ""

    def accepts(self, parameter: torch.Tensor) -> bool:  # noqa: ARG002
        """Whether the optimizer is given this tensor."""
        return True

    def begin(self) -> None:
        """What has to be there before the optimizer is built."""

    def arrange(self, given: object, model: nn.Module) -> object:  # noqa: ARG002
        """What the constructor gets in place of what it would get without this protocol."""
        return given

    def further(self, parameter: nn.Parameter) -> Mapping[str, object] | None:  # noqa: ARG002
        """What a group for one more parameter has besides it; None where it gets no groups to add one to."""
        return {} if type(self).arrange is Protocol.arrange else None

    def prepare(self, optimizer: torch.optim.Optimizer) -> None:
        """Put a new optimizer into the state in which it is stepped."""

    def backward(self, loss: torch.Tensor, optimizer: torch.optim.Optimizer | None) -> bool:  # noqa: ARG002
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
