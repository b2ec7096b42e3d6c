"""How settings are printed, one style a file, found by location.

A module has ``TITLE`` and ``lines(call)``, which gives the lines to copy and those that make an optimizer of
them where they are a configuration, or raises ``UnfitError`` with a sentence on what the style cannot say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optreview import plugins

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from optreview.records import Setting

PLAIN = "model.parameters()"


class UnfitError(Exception):
    """The style cannot say this."""


@dataclass(frozen=True)
class Call:
    """A constructor call.

    Attributes:
        before: Lines that come first, and ``after``: lines that follow.
        parameters: The first argument.
        only: The condition on ``p`` under which a tensor is given to the optimizer; empty for all.
        others: Arguments of AdamW for the rest.
        batch: Examples at once.
        defaults: Of the constructor's arguments, as source text.
    """

    module: str
    name: str
    settings: tuple[Setting, ...]
    batch: int
    before: str = ""
    parameters: str = PLAIN
    only: str = ""
    after: str = ""
    others: str = ""
    defaults: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def importing(self) -> str:
        """The line that imports the class; of a nested one, what it is nested in."""
        return f"from {self.module} import {self.name.partition('.')[0]}"

    @property
    def plain(self) -> bool:
        """Whether the constructor is given the parameters, and nothing has to be done besides."""
        return self.parameters == PLAIN and not (self.before or self.only or self.after)


def style(name: str) -> ModuleType:
    """The style of that name, which there is."""
    (found,) = (m for m in plugins.modules(__name__) if m.__name__.rpartition(".")[2] == name)
    return found


def arguments(settings: tuple[Setting, ...]) -> list[str]:
    """One a line."""
    return [f"    {s.name}={s.value}," for s in settings]
