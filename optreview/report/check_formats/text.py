"""What is worse and why, the worst first, and a sentence at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.report.check_formats import _words
from optreview.report.workflow import harmless

if TYPE_CHECKING:
    from optreview.records import Check


def render(check: Check) -> str:
    """A block for each optimizer that is not as it was, then the summary."""
    return "".join(f"{line}\n" for line in (*blocks(check), harmless(_words.summary(check))))


def blocks(check: Check) -> list[str]:
    """The lines of the blocks, without the summary."""
    return [harmless(line) for each in check.optimizers for line in _words.block(each)]
