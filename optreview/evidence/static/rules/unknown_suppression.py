"""Suppressions that name no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.rule import CommentRule, Flawed, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.static.suppressions import Use


class UnknownSuppression(CommentRule):
    """A comment addressed to optreview names a rule that there is not, or is not understood.

    Such a comment suppresses nothing, while it looks as if it did. The form is
    `# optreview: ignore[rule, other_rule] reason`, on the line of the finding, on the first or last line of
    its statement, or alone above it. To accept a rule in whole files, use `ignore` in `[tool.optreview]`.
    """

    severity = "warning"
    effort = "trivial"
    remedy = "Name a rule that `optreview list rules` shows, or drop the comment."
    flawed = (
        Flawed(
            """\
import torch

class Norm(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(0.9 if p.norm().item() > 1 else 1.0)  # optreview: ignore[host_sink] once an epoch
                p.neg_()  # optreview: skip
""",
            (8, 9),
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
                p.mul_(0.9 if p.norm().item() > 1 else 1.0)  # optreview: ignore[host-sync] once an epoch
""",
    )

    def hits(self, use: Use) -> Iterator[Hit]:
        """One hit for each comment that says something unknown."""
        for each in use.suppressions:
            unknown = [name for name in each.rules if name not in use.known]
            if not each.rules:
                form = "`# optreview: ignore[rule] reason`"
                yield Hit(each.location, f"The comment is not understood; write {form}.", end=each.end)
            elif unknown:
                names = ", ".join(f"`{name[:40]}`" for name in unknown[:3])
                yield Hit(each.location, f"There is no rule {names} to suppress.", end=each.end)
