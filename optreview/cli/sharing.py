"""The option that spreads reading over processes, alike in every command that has it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_Command = TypeVar("_Command", bound="Callable[..., object]")


def jobs_option(when: str = "") -> Callable[[_Command], _Command]:
    """``--jobs``, and when it counts; its default depends on the machine, so the help says it in words."""
    return click.option(
        "--jobs",
        type=click.IntRange(min=1),
        default=_cores,
        show_default="one for each core",
        metavar="N",
        help=f"Processes that read the source at the same time{when}.",
    )


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
