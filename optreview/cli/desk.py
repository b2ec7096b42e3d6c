"""Where finished reviews go: pages in a folder and a summary for the terminal, or text on stdout.

Templates, formats and tables are imported with this module, which nobody does before another process imports
torch.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optreview import plugins
from optreview.cli import terminal
from optreview.report import store
from optreview.report import terminal as summary
from optreview.report.delivery import Delivery
from optreview.report.store import ClassName
from optreview.report.voices import finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optreview.records import Review, Target

#: The output that means "print, and write nothing".
STDOUT = "-"


class Desk:
    """Takes the reviews of one command, and hands them on when all are there.

    Raises:
        InputError: There is no such voice, or the folder cannot be written to.
    """

    def __init__(self, output: str, format_name: str, voice_name: str, *, force: bool, quiet: bool) -> None:
        voice = finding.find(voice_name)
        self._delivery = None if output == STDOUT else Delivery(Path(output), force=force, voice=voice)
        formats = {m.__name__.rpartition(".")[2]: m for m in plugins.modules("optreview.report.formats")}
        self._render = partial(formats[format_name].render, voice=voice)
        self._quiet = quiet
        self._done: list[tuple[Review, Path | None]] = []

    def load(self, records: Sequence[str]) -> list[Review]:
        """Saved records, with a place for each."""
        loaded = [store.load(Path(record)) for record in records]
        self._reserve(ClassName.of(each.evidence.static.subject) for each in loaded)
        return loaded

    def expect(self, targets: Iterable[Target]) -> None:
        """Have a place for each of these classes.

        Raises:
            InputError: A stranger's file is in the way.
        """
        self._reserve(ClassName(t.package, t.module, t.class_name or "") for t in targets)

    def _reserve(self, names: Iterable[ClassName]) -> None:
        if self._delivery is not None:
            self._delivery.reserve(list(names))

    def take(self, finished: Review) -> None:
        """Write the page and the record of one, or keep it to print."""
        page = self._delivery.deliver(finished) if self._delivery is not None else None
        self._done.append((finished, page))

    def close(self) -> None:
        """Write the index and print the summary; or print the reviews."""
        if self._delivery is None:
            click.echo("\n".join(self._render(finished) for finished, _ in self._done), nl=False)
        elif self._done:
            self._delivery.close()
            if not self._quiet:
                summary.show(self._done, terminal.console())
