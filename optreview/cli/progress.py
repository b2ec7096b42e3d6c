"""Progress on stderr for a person who waits: silent in a pipe and with ``--quiet``."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Literal

from optreview.cli import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.status import Status

    from optreview.evidence.static import Discovery

#: Seconds before a wait deserves a word.
_PATIENCE = 1.0
Device = Literal["auto", "cpu", "cuda"]


class Watcher:
    """Hears from the pipeline and shows it: ``[3/12] AdaBelief: bfloat16``."""

    def __init__(self, status: Status | None, on_found: Callable[[Discovery], None]) -> None:
        self._status = status
        self._on_found = on_found
        self._total = 0
        self._seen: list[str] = []

    def begun(self) -> None:
        """Reading begins. The spinner is a thread, so it waits until nothing is forked any more."""
        if self._status is not None:
            self._status.start()

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
    console = terminal.console(stderr=True, quiet=quiet)
    if quiet or not console.is_terminal:
        yield Watcher(None, on_found)
        return
    status = console.status("reading")
    try:
        yield Watcher(status, on_found)
    finally:
        status.stop()


@contextlib.contextmanager
def late(*, quiet: bool) -> Iterator[Callable[[str, int], None] | None]:
    """A spinner that appears after a second of work. It hears each class, and how many there are."""
    console = terminal.console(stderr=True, quiet=quiet)
    if quiet or not console.is_terminal:
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
