"""The small tasks of ``--train`` in words: ``rubrics/training.toml``."""

from __future__ import annotations

from functools import cache

import msgspec

from optreview import resources
from optreview.judgement import datafiles


class Lesson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task: the name of its file, what it is, and what its figure counts."""

    id: str
    title: str
    unit: str


class _Lessons(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tasks: tuple[Lesson, ...]


@cache
def load() -> tuple[Lesson, ...]:
    """The tasks in the order of the file.

    Raises:
        InputError: The file does not follow the format.
    """
    return datafiles.decode(resources.rubrics() / "training.toml", _Lessons).tasks
