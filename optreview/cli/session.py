"""One run of ``analyze``: what to print and where to deliver, while the pipeline does the work."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optreview import plugins, review
from optreview.cli import progress, terminal
from optreview.errors import MeasurementError
from optreview.report import store
from optreview.report import terminal as summary
from optreview.report.delivery import Delivery
from optreview.report.escaping import plain
from optreview.report.store import ClassName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.cli.modelling import Chosen
    from optreview.evidence.dynamic.wire import Limits
    from optreview.evidence.static import Discovery
    from optreview.judgement.adjusting import Changes
    from optreview.records import Purpose, Review, Target
    from optreview.report.voices.folders import Voice
    from optreview.review import Outcome, Settings

#: The output that means "print, and write nothing".
STDOUT = "-"
MEASURED, NOT_MEASURED = 0, 3


class Session:
    """Collects the reviews of one command and hands them on."""

    def __init__(self, output: str, format_name: str, voice: Voice, *, force: bool, quiet: bool) -> None:
        self._delivery = None if output == STDOUT else Delivery(Path(output), force=force, voice=voice)
        formats = {m.__name__.rpartition(".")[2]: m for m in plugins.modules("optreview.report.formats")}
        self._render = partial(formats[format_name].render, voice=voice)
        self._quiet = quiet
        self._done: list[tuple[Review, Path | None]] = []
        self._refused: list[Outcome] = []
        self._discovery: Discovery | None = None

    def review(self, targets: Sequence[str], settings: Settings) -> int:
        """Review the targets; the exit code says whether all of them could be measured."""
        with progress.show(self._reserve, quiet=self._quiet) as watcher:
            for outcome in review.analyze(targets, settings, watcher):
                if outcome.review is None:
                    self._refused.append(outcome)
                else:
                    self._deliver(outcome.review)
        return self._finish(static_only=settings.static_only)

    def render_again(
        self, records: Sequence[str], changes: Changes | None = None, purpose: Purpose | None = None
    ) -> int:
        """Judge and render saved records with today's rubric and templates, for their purpose or another."""
        loaded = [store.load(Path(record)) for record in records]
        if self._delivery is not None:
            self._delivery.reserve([ClassName.of(r.evidence.static.subject) for r in loaded])
        for saved in loaded:
            purposed = purpose or saved.purpose
            self._deliver(review.assemble(saved.evidence, saved.reviewed_on, changes, purposed))
        return self._finish(static_only=True)

    def _reserve(self, discovery: Discovery) -> None:
        self._discovery = discovery
        if self._delivery is not None:
            targets = [candidate.target for candidate in discovery.found]
            self._delivery.reserve([ClassName(t.package, t.module, t.class_name or "") for t in targets])

    def _deliver(self, finished: Review) -> None:
        page = self._delivery.deliver(finished) if self._delivery is not None else None
        self._done.append((finished, page))

    def _finish(self, *, static_only: bool) -> int:
        if self._delivery is None:
            click.echo("\n".join(self._render(finished) for finished, _ in self._done), nl=False)
        elif self._done:
            self._delivery.close()
            if not self._quiet:
                summary.show(self._done, terminal.console())
        if not self._done and len(self._refused) == 1:
            raise MeasurementError(_refusal(self._refused[0]))
        self._tell_the_rest()
        not_run = any(r.evidence.not_run for r, _ in self._done)
        return NOT_MEASURED if self._refused or (not_run and not static_only) else MEASURED

    def _tell_the_rest(self) -> None:
        """On stderr: classes that were passed over, and classes that could not be reviewed or run."""
        if self._discovery and self._discovery.skipped and not self._quiet:
            for skipped in self._discovery.skipped:
                name = skipped.class_name or skipped.location.file
                _tell(f"skipped {name}: {skipped.reason}")
        for outcome in self._refused:
            _tell(f"{outcome.class_name} was not reviewed: {_refusal(outcome)}")
        for finished, _ in self._done:
            reason = finished.evidence.not_run
            if reason is not None and reason != review.NOT_ASKED:
                name = finished.evidence.static.subject.class_name
                _tell(f"{name} was not run: {reason.message}")

    @staticmethod
    def settings(  # noqa: PLR0913 - one parameter an option
        *,
        static_only: bool,
        jobs: int,
        device: progress.Device,
        limits: Limits,
        timed: bool,
        trained: bool,
        registries: tuple[Target, ...],
        reviewed_on: str | None,
        chosen: Chosen | None = None,
        changes: Changes | None = None,
        purpose: Purpose | None = None,
        sizes: bool = False,
    ) -> Settings:
        """The pipeline's settings from the command line's."""
        return review.Settings(
            static_only=static_only,
            jobs=jobs,
            device=device,
            limits=limits,
            timed=timed,
            trained=trained,
            registries=registries,
            reviewed_on=reviewed_on,
            models=chosen.models if chosen else (),
            purpose=purpose,
            sizes=sizes,
            factories=chosen.factories if chosen else (),
            changes=changes,
        )


def _refusal(outcome: Outcome) -> str:
    instead = " With --static, optreview reviews its source alone." if outcome.only_read else ""
    return f"{outcome.refusal}{instead}"


def _tell(text: str) -> None:
    """One line on stderr; the text may quote the reviewed code, so control characters go."""
    click.echo(f"optreview: {plain(text)}", err=True)
