"""Constructors with a closed list of options, and with an open one."""

from __future__ import annotations

from typing import Any

import torch


class Closed(torch.optim.SGD):
    expected = "pass"


class Forwards(torch.optim.SGD):
    """A decoy: it takes any keyword, and hands them to a constructor that does not."""

    expected = "pass"

    def __init__(self, params: Any, **options: Any) -> None:
        super().__init__(params, **options)


class Swallows(torch.optim.SGD):
    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1, **options: Any) -> None:
        super().__init__(params, lr=lr)


class Stores(torch.optim.SGD):
    """What it does not know lands in the groups."""

    expected = "fail"

    def __init__(self, params: Any, lr: float = 0.1, **options: Any) -> None:
        super().__init__(params, lr=lr)
        self.param_groups[0].update(options)
