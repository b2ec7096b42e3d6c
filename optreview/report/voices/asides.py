"""Remarks beside the facts of a page: a template for each place, which offers one remark a line.

Which one is taken follows from the class's name alone, so that a page is always the same and two pages
differ. The plain voice has none.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from optreview.report.escaping import Markdown
from optreview.report.voices.folders import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import jinja2

FOLDER = "asides"


class Asides:
    """What ``aside(place)`` prints in the templates of one page."""

    def __init__(
        self,
        environment: jinja2.Environment,
        places: Collection[str],
        facts: Mapping[str, object],
        qualified_name: str,
    ) -> None:
        self._environment = environment
        self._places = places
        self._facts = facts
        self._qualified_name = qualified_name
        self._said: set[str] = set()

    def __call__(self, place: str, **about: object) -> Markdown:
        """One of the remarks that the voice has for this place and these facts, and none twice on a page."""
        if place not in self._places:
            return Markdown()
        template = self._environment.get_template(f"{FOLDER}/{place}{SUFFIX}")
        offered = template.render(self._facts, one_in=self.one_in, **about).splitlines()
        left = {line.strip() for line in offered} - self._said - {""}
        if not left:
            return Markdown()
        taken = min(left, key=self._place_of)
        self._said.add(taken)
        return Markdown(taken)

    def one_in(self, number: int, *about: str) -> bool:
        """For one of so many classes, or of whatever else is named: for remarks that would come too often."""
        return int(self._place_of("\0".join(about)), 16) % number == 0

    def _place_of(self, text: str) -> str:
        return hashlib.sha256(f"{self._qualified_name}\0{text}".encode()).hexdigest()
