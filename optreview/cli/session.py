"""One run of ``analyze``: what to print and where to deliver, while the pipeline does the work."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import click

from optreview import review
from optreview.cli import progress
from optreview.errors import MeasurementError
from optreview.report.escaping import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.cli.desk import Desk
    from optreview.cli.modelling import Chosen
    from optreview.evidence.dynamic.wire import Limits
    from optreview.evidence.static import Discovery
    from optreview.judgement.adjusting import Changes
    from optreview.records import Purpose, Review, Target
    from optreview.review import Outcome, Settings

MEASURED, NOT_MEASURED = 0, 3


class Session:
    """Collects the reviews of one command and hands them on."""

    def __init__(self, output: str, format_name: str, voice: str, *, force: bool, quiet: bool) -> None:
        self._output, self._format_name, self._voice = output, format_name, voice
        self._force, self._quiet = force, quiet
        self._done: list[Review] = []
        self._refused: list[Outcome] = []
        self._discovery: Discovery | None = None

    @cached_property
    def _desk(self) -> Desk:
        # Imported only here, because torch is imported by another process meanwhile.
        from optreview.cli.desk import Desk  # noqa: PLC0415

        return Desk(self._output, self._format_name, self._voice, force=self._force, quiet=self._quiet)

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
        for saved in self._desk.load(records):
            purposed = purpose or saved.purpose
            self._deliver(review.assemble(saved.evidence, saved.reviewed_on, changes, purposed))
        return self._finish(static_only=True)

    def _reserve(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self._desk.expect(candidate.target for candidate in discovery.found)

    def _deliver(self, finished: Review) -> None:
        self._desk.take(finished)
        self._done.append(finished)

    def _finish(self, *, static_only: bool) -> int:
        self._desk.close()
        if not self._done and len(self._refused) == 1:
            raise MeasurementError(_refusal(self._refused[0]))
        self._tell_the_rest()
        not_run = any(each.evidence.not_run for each in self._done)
        return NOT_MEASURED if self._refused or (not_run and not static_only) else MEASURED

    def _tell_the_rest(self) -> None:
        """On stderr: classes that were passed over, and classes that could not be reviewed or run."""
        if self._discovery and self._discovery.skipped and not self._quiet:
            for skipped in self._discovery.skipped:
                name = skipped.class_name or skipped.location.file
                _tell(f"skipped {name}: {skipped.reason}")
        for outcome in self._refused:
            _tell(f"{outcome.class_name} was not reviewed: {_refusal(outcome)}")
        for finished in self._done:
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
