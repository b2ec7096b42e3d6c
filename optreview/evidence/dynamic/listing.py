"""The one answer to a request for a list: of a model's parameters, or of a registry's classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from optreview.evidence.dynamic import failures

if TYPE_CHECKING:
    from optreview.evidence.dynamic.exchange import Transcript
    from optreview.evidence.dynamic.wire import Ready
    from optreview.records import Failure

T = TypeVar("T")


def told(spec: str, answered: tuple[Ready, Transcript] | None, kind: type[T]) -> T | Failure:
    """The message of that kind, or why there is none; no answer means that the template was lost."""
    if answered is None:
        return failures.lost(spec)
    _, transcript = answered
    found = [reply for reply in transcript.replies if isinstance(reply, kind)]
    problems = failures.met(spec, transcript, partly=False)
    if problems:
        return problems[0]
    return found[0] if len(found) == 1 else failures.forged(spec)
