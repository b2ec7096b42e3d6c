"""The options that bound a boxed run, alike in every command that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from optreview.evidence.dynamic.wire import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

_Command = TypeVar("_Command", bound="Callable[..., object]")
_GIB = 1024**3
#: What a process gets in gibibytes where nothing is said; a machine that has less need not be told so.
_MEMORY = 8.0
_WARNING = (
    "warning: with --no-sandbox the reviewed code has all your rights: it can read and change your files, "
    "use the network and start programs."
)

_SCARCE = (
    "warning: the memory limit of {:,.1f} GiB is more than the {:.1f} GiB that this machine has; "
    "a class that takes three quarters of these is ended."
)


def limit_options(seconds: float, bounded: str) -> Callable[[_Command], _Command]:
    """Add ``--timeout``, with its default, ``--memory-limit`` and ``--no-sandbox``.

    Args:
        seconds: The default limit.
        bounded: What it bounds, for the help.
    """

    def add(command: _Command) -> _Command:
        timeout = click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=seconds,
            show_default=True,
            metavar="SECONDS",
            help=f"Wall-clock limit for each {bounded}; those of a class get three times as long in all.",
        )
        memory = click.option(
            "--memory-limit",
            type=click.FloatRange(min=0, min_open=True),
            default=_MEMORY,
            show_default=True,
            metavar="GIB",
            help="Address-space limit for each process.",
        )
        sandbox = click.option(
            "--no-sandbox",
            "unboxed",
            is_flag=True,
            help="Protect nothing from the reviewed code; only for code that you trust.",
        )
        return timeout(memory(sandbox(command)))

    return add


def limits(timeout: float, memory_limit: float, *, unboxed: bool) -> Limits:
    """The limits that the options name, in seconds and gibibytes; a warning where they are all there is."""
    if unboxed:
        click.echo(f"optreview: {_WARNING}", err=True)
    if memory_limit > _MEMORY and memory_limit > (there := _memory()):
        click.echo(f"optreview: {_SCARCE.format(memory_limit, there)}", err=True)
    return Limits(wall_seconds=timeout, memory_bytes=int(memory_limit * _GIB), sandboxed=not unboxed)


def _memory() -> float:
    """What this machine has, in gibibytes."""
    import psutil  # noqa: PLC0415 - the help needs none of it

    return float(psutil.virtual_memory().total / _GIB)
