"""Faults in a user's templates as sentences with the file and the line."""

from __future__ import annotations

import contextlib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from optreview.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.report.voices.folders import Voice


@contextlib.contextmanager
def told(voice: Voice) -> Iterator[None]:
    """Tell what goes wrong in the templates of a user's own voice.

    Raises:
        InputError: Something did; what goes wrong elsewhere is raised as it is.
    """
    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        if not voice.is_own or error.filename is None:
            raise
        raise fault(error.filename, error.lineno, error.message) from error
    except Exception as error:
        if not voice.is_own or isinstance(error, InputError):
            raise
        passed = traceback.extract_tb(error.__traceback__)
        frames = [each for each in passed if Path(each.filename).is_relative_to(voice.folder)]
        if not frames:
            raise
        raise fault(frames[-1].filename, frames[-1].lineno, _reason(error)) from error


def fault(path: str | Path, line: int | None, reason: object) -> InputError:
    """The error for a place in a template."""
    sentence = f"{reason}".strip()
    stop = "" if sentence.endswith((".", "?")) else "."
    return InputError(f"The voice cannot be used: {path}, line {line}: {sentence}{stop}")


def _reason(error: Exception) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.message!r}"
    if isinstance(error, RecursionError):
        return "it includes itself without an end"
    return f"{error}" or type(error).__name__
