"""Suppressions of nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import CommentRule, Flawed, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.suppressions import Use


class UnusedSuppression(CommentRule):
    """A comment suppresses a rule that finds nothing there.

    The code has changed, or the comment stands in the wrong place; left alone, it hides the next finding of
    that rule on this line.

    Only rules that ran are judged, in classes that were read to their end.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Remove the rule from the comment, or move the comment to the line of the finding."
    flawed = (
        Flawed(
            """\
import torch

class Norm(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.neg_()  # optreview: ignore[host_sync] once an epoch
""",
            (8,),
        ),
    )
    clean = (
        """\
import torch

class Norm(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(0.9 if p.norm().item() > 1 else 1.0)  # optreview: ignore[host_sync] once an epoch
                note = "# optreview: ignore[host_sync] is no comment here"
""",
    )

    def hits(self, use: Use) -> Iterator[Hit]:
        """One hit for each comment of which a part is not needed."""
        for each, needed, judged in zip(use.suppressions, use.needed, use.judged, strict=True):
            idle = [name for name in each.rules if name in judged - needed]
            if idle:
                names = ", ".join(f"`{name}`" for name in idle[:3])
                yield Hit(
                    each.location, f"{names} finds nothing here that is to be suppressed.", end=each.end
                )
