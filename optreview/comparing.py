"""The pipeline of ``compare``: two targets or saved records become two reviews, and these one comparison."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from optreview import __version__, review, targets
from optreview.errors import InputError, MeasurementError
from optreview.evidence import static
from optreview.evidence.static import Discovery
from optreview.records import Failure
from optreview.report import compare, figures, store

if TYPE_CHECKING:
    from optreview.evidence.static import Candidate
    from optreview.records import Comparison, Review
    from optreview.review import Observer, Settings

RECORD = ".json"
#: Classes that an error names.
_NAMED = 6


def is_record(spec: str) -> bool:
    """Whether a side is a saved record, of which nothing is run."""
    return spec.endswith(RECORD)


def pair(a: str, b: str, settings: Settings, observer: Observer) -> Comparison:
    """Review what has to be, and lay the two side by side.

    What cannot be run is compared as far as its source was read.

    Raises:
        InputError: A side is no record and no target of one class; nothing has been run then.
        MeasurementError: There is nothing to compare of a side, not even its source.
    """
    saved = {spec: _saved(spec) for spec in (a, b) if is_record(spec)}
    found = {spec: _only_class(spec) for spec in dict.fromkeys((a, b)) if spec not in saved}
    if found:
        observer.found(Discovery(found=tuple(found.values()), skipped=()))
    reviews = {**saved, **{spec: _reviewed(spec, settings, observer) for spec in found}}
    return compare.compare(reviews[a], reviews[b], __version__)


def measured(comparison: Comparison) -> bool:
    """Whether everything was measured that was asked for."""
    failed = (each.not_run for each in (comparison.a, comparison.b))
    return all(each is None or each.kind == review.NOT_ASKED.kind for each in failed)


def _saved(spec: str) -> Review:
    """A record, scored with today's rubric; which schema it was made with still says what it lacks."""
    loaded = store.load(Path(spec))
    weighed = review.assemble(loaded.evidence, loaded.reviewed_on, purpose=loaded.purpose)
    return structs.replace(loaded, judged=weighed.judged)


def _only_class(spec: str) -> Candidate:
    found = static.discover(targets.resolve(spec)).found
    if len(found) > 1:
        names = [each.target.class_name or "" for each in found]
        listed = figures.items(
            names if len(names) <= _NAMED else [*names[:_NAMED], f"{len(names) - _NAMED} more"]
        )
        raise InputError(
            f"{spec} holds {len(found)} optimizers, {listed}; name one, as in {spec}:{names[0]}."
        )
    return found[0]


def _reviewed(spec: str, settings: Settings, observer: Observer) -> Review:
    (outcome,) = review.analyze([spec], settings, _Phases(observer))
    if outcome.review is not None:
        return outcome.review
    refusal = outcome.refusal or "It cannot be reviewed."
    (read,) = review.analyze([spec], replace(settings, static_only=True), _Phases(observer))
    if read.review is None:
        raise MeasurementError(refusal)
    failure = Failure(kind="refused", message=refusal)
    return review.assemble(structs.replace(read.review.evidence, not_run=failure))


class _Phases:
    """Passes on what one review of two says of itself, but not that it is the only one."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def begun(self) -> None:
        self._observer.begun()

    def found(self, discovery: Discovery) -> None:
        """It is known that there are two."""

    def phase(self, class_name: str, phase: str) -> None:
        self._observer.phase(class_name, phase)
