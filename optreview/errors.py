"""What can go wrong, as sentences a person can act on, each with its documented exit code."""

from __future__ import annotations


class OptreviewError(Exception):
    """One or two clear sentences: what is wrong, and what to do.

    Attributes:
        exit_code: What the process returns when this error ends it.
    """

    exit_code: int = 2


class InputError(OptreviewError):
    """The command line, or what it names, cannot be used: exit code 2."""

    exit_code = 2


class MeasurementError(OptreviewError):
    """The input is fine but it could not be measured: exit code 3."""

    exit_code = 3
