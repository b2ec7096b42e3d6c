"""Progress on stderr for a person who waits: silent in a pipe and with ``--quiet``."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.status import Status

    from optreview.evidence.static import Discovery

#: Seconds before a wait deserves a word.
_PATIENCE = 1.0
Device = Literal["auto", "cpu", "cuda"]


class Watcher:
    """Hears from the pipeline and shows it: ``[3/12] AdaBelief: bfloat16``."""

    def __init__(self, on_found: Callable[[Discovery], None], *, quiet: bool) -> None:
        self._status: Status | None = None
        self._quiet = quiet
        self._on_found = on_found
        self._total = 0
        self._seen: list[str] = []

    def begun(self) -> None:
        """Reading begins. The spinner is a thread, so it waits until nothing is forked any more."""
        console = None if self._quiet else _console()
        if console is not None:
            self._status = console.status("reading")
            self._status.start()

    def ended(self) -> None:
        """The work is done, or was given up."""
        if self._status is not None:
            self._status.stop()

    def found(self, discovery: Discovery) -> None:
        """The optimizers that will be reviewed are known."""
        self._total = len(discovery.found)
        self._on_found(discovery)

    def phase(self, class_name: str, phase: str) -> None:
        """A class enters a phase."""
        if phase == "reading":
            self._seen.append(class_name)
        if self._status is not None:
            self._status.update(f"[{len(self._seen)}/{self._total}] {class_name}: {phase}")


@contextlib.contextmanager
def show(on_found: Callable[[Discovery], None], *, quiet: bool) -> Iterator[Watcher]:
    """A watcher with a spinner on stderr, which is gone when the work ends."""
    watcher = Watcher(on_found, quiet=quiet)
    try:
        yield watcher
    finally:
        watcher.ended()


def _console() -> Console | None:
    """A terminal that somebody looks at, or None."""
    # Imported only here, because torch is imported by another process meanwhile.
    from optreview.cli import terminal  # noqa: PLC0415

    console = terminal.console(stderr=True)
    return console if console.is_terminal else None


@contextlib.contextmanager
def late(*, quiet: bool) -> Iterator[Callable[[str, int], None] | None]:
    """A spinner that appears after a second of work. It hears each class, and how many there are."""
    console = None if quiet else _console()
    if console is None:
        yield None
        return
    started = time.monotonic()
    seen = 0
    with contextlib.ExitStack() as shown:
        status: Status | None = None

        def on_class(name: str, total: int) -> None:
            nonlocal seen, status
            seen += 1
            if status is None and time.monotonic() - started > _PATIENCE:
                status = shown.enter_context(console.status("reading"))
            if status is not None:
                status.update(f"[{seen}/{total}] {name}")

        yield on_class
