"""The options that bound a boxed run, alike in every command that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from optreview.evidence.dynamic.wire import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

_Command = TypeVar("_Command", bound="Callable[..., object]")
_GIB = 1024**3


def limit_options(seconds: float, bounded: str) -> Callable[[_Command], _Command]:
    """Add ``--timeout``, with its default, and ``--memory-limit``; the help says what they bound."""

    def add(command: _Command) -> _Command:
        timeout = click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=seconds,
            show_default=True,
            metavar="SECONDS",
            help=f"Wall-clock limit for each {bounded}.",
        )
        memory = click.option(
            "--memory-limit",
            type=click.FloatRange(min=0, min_open=True),
            default=8.0,
            show_default=True,
            metavar="GIB",
            help=f"Address-space limit for each {bounded}.",
        )
        return timeout(memory(command))

    return add


def limits(timeout: float, memory_limit: float) -> Limits:
    """The limits that the options name, in seconds and gibibytes."""
    return Limits(wall_seconds=timeout, memory_bytes=int(memory_limit * _GIB))
