"""A tensor over the root of the mean of its squares."""

from __future__ import annotations

from typing import ClassVar

from optreview.evidence.dynamic.rule.kinship.properties._property import Property


class Rms(Property):
    """A tensor over the root of the mean of its squares."""

    text: ClassVar[str] = "x / sqrt(mean(x^2))"
    says: ClassVar[str] = "divided by the root mean square"
