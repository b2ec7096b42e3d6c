"""A weight that is just the one at which a term vanishes gets another; other numbers keep theirs."""

from __future__ import annotations

import torch

from tests.dynamic.rule.program.stages import rule


class Mixed(torch.optim.Optimizer):
    """Takes some of the gradient itself, which its default leaves out."""

    def __init__(self, params, lr=0.1, nus=(1.0, 0.5)):
        super().__init__(params, {"lr": lr, "nus": nus})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            nu, other = group["nus"]
            for p in group["params"]:
                state = self.state[p]
                mean = state.setdefault("mean", torch.zeros_like(p)).lerp_(p.grad, 0.1)
                update = mean * nu * other
                if nu != 1.0:
                    update.add_(p.grad, alpha=1.0 - nu)
                p.add_(update, alpha=-group["lr"])


class Checked(Mixed):
    """Compares it, and does the same whatever comes out."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            plain = group["nus"][0] == 1.0
            for p in group["params"]:
                p.add_(p.grad if plain else p.grad.clone(), alpha=-group["lr"])


def test_a_term_that_vanishes_at_the_default_is_in_the_equations():
    found = rule(Mixed)
    assert [(each.name, each.value) for each in found.settings] == [("nus", "(0.8, 0.5)")]
    assert found.equations[0].proof.verdict == "proven"
    assert "(1 - nu1) * g" in found.equations[0].text


def test_a_number_that_leads_nowhere_else_keeps_its_value():
    assert rule(Checked).settings == ()
