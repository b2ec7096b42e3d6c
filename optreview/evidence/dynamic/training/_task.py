"""What a task is: how it begins, how long it takes, and what its figure means."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch

from optreview.plugins import Documented, classes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn


class UnavailableError(Exception):
    """The task's data is not installed; the message says what to install."""


class Lesson:
    """A task begun with one seed: models to train in turn, and their losses.

    Attributes:
        players: What is trained, each by an optimizer of its own: one, or two that play against each other.
    """

    players: Sequence[nn.Module]

    def loss(self, player: int, step: int) -> torch.Tensor:
        """The loss of a player on the batch of a step."""
        raise NotImplementedError

    def figure(self) -> float:
        """How far it is: lower is better, the same data for all seeds; called without autograd."""
        raise NotImplementedError


class Task(Documented):
    """A task; its docstring's first line is its title.

    Attributes:
        steps: Optimizer steps of each player.
        rate: The learning rate in the middle of AdamW's sweep.
        unit: What the figure is, lower being better.
    """

    steps: ClassVar[int]
    rate: ClassVar[float] = 3e-3
    unit: ClassVar[str]

    def begin(self, seed: int) -> Lesson:
        """The models and their first batch from a seed: the same call gives the same numbers.

        Raises:
            UnavailableError: Its data is not there.
        """
        raise NotImplementedError


def tasks() -> tuple[Task, ...]:
    """Every task, by name."""
    return tuple(cls() for cls in classes("optreview.evidence.dynamic.training", Task))


def generator(seed: int) -> torch.Generator:
    """Random numbers of their own, which no optimizer that draws some can move."""
    return torch.Generator().manual_seed(seed)
