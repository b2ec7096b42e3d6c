"""Silent suppressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import CommentRule, Flawed, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.suppressions import Use


class SuppressionWithoutReason(CommentRule):
    """A comment suppresses a finding and does not say why.

    Whoever reads the line next cannot tell a considered exception from a finding that was in the way. The
    reason is shown beside the finding in reviews and in reports.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Say in the comment why the finding may stay, behind the bracket."
    flawed = (
        Flawed(
            """\
import torch

class Norm(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(0.9 if p.norm().item() > 1 else 1.0)  # optreview: ignore[host_sync]
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
""",
    )

    def hits(self, use: Use) -> Iterator[Hit]:
        """One hit for each comment without a reason."""
        for each in use.suppressions:
            if each.rules and not each.reason:
                names = ", ".join(f"`{name}`" for name in each.rules[:3])
                yield Hit(each.location, f"The comment suppresses {names} without a reason.", end=each.end)
