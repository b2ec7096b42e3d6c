"""The equations of optimizers that are known: torch's own as their papers have them, toys, and decoys."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch_optimizer

from optreview.evidence.dynamic.rule.equations.extract import equations
from optreview.evidence.dynamic.rule.language import parse
from optreview.evidence.dynamic.rule.program.settings import switched_on, varied
from optreview.notation.lexer import words
from optreview.records.rule import PROVEN
from tests.dynamic.rule.equations import optimizers
from tests.dynamic.rule.program.optimizers import Plain
from tests.dynamic.rule.program.stages import stage

if TYPE_CHECKING:
    from optreview.records import Equations

#: As the papers have them, in the names of the code; every knob that is off by default is on.
PAPERS = {
    torch.optim.SGD: """
if t == 1:
    momentum_buffer ← g + weight_decay * p
else:
    momentum_buffer ← momentum * momentum_buffer + (1 - dampening) * (g + weight_decay * p)
p ← p - lr * momentum_buffer'
""",
    torch.optim.Adam: """
exp_avg ← EMA[beta1](g + weight_decay * p)
exp_avg_sq ← EMA[beta2]((g + weight_decay * p)^2)
exp_avg_hat = exp_avg' / (1 - beta1^t)
exp_avg_sq_hat = exp_avg_sq' / (1 - beta2^t)
p ← p - lr * exp_avg_hat / (sqrt(exp_avg_sq_hat) + eps)
""",
    torch.optim.AdamW: """
exp_avg ← EMA[beta1](g)
exp_avg_sq ← EMA[beta2](g^2)
exp_avg_hat = exp_avg' / (1 - beta1^t)
exp_avg_sq_hat = exp_avg_sq' / (1 - beta2^t)
p ← (1 - lr * weight_decay) * p - lr * exp_avg_hat / (sqrt(exp_avg_sq_hat) + eps)
""",
}


def made(cls: type[torch.optim.Optimizer]) -> Equations:
    """Its equations on a matrix."""
    there = stage(cls)
    settings = switched_on(there, ((4, 3),))
    return next(equations(there, settings, varied(there, ((4, 3),), settings)))


@pytest.mark.parametrize("cls", PAPERS, ids=lambda cls: cls.__name__)
def test_torchs_optimizers_read_as_in_their_papers(cls: type[torch.optim.Optimizer]) -> None:
    found = made(cls)
    assert found.text == PAPERS[cls].strip()
    assert found.proof.verdict == "proven"


ADAM = """
m ← EMA[beta1](g)
v ← EMA[beta2](g^2)
m_hat = m' / (1 - beta1^t)
v_hat = v' / (1 - beta2^t)
p ← p - lr * m_hat / (sqrt(v_hat) + eps)
"""


def test_adam_is_adam_however_it_is_written() -> None:
    plain, disguised = made(optimizers.Adamlike), made(optimizers.Reordered)
    assert plain.text == ADAM.strip()
    assert sorted(disguised.text.splitlines()) == sorted(plain.text.splitlines())
    assert disguised.proof.verdict == plain.proof.verdict == "proven"


def test_a_norm_that_is_zero_is_a_case_of_the_equations() -> None:
    """Run by the text alone, with other numbers than those of the recorded steps, beside the class."""
    found = made(torch_optimizer.LARS)
    assert (found.proof.verdict, found.lacking) == ("proven", ())
    for weights, *slopes in product((0.0, 1.0), repeat=4):
        _follows(found, weights, slopes)


def _follows(found: Equations, weights: float, slopes: list[float]) -> None:
    given: dict[str, Any] = {each.name: float(each.value) for each in found.values}
    p = torch.nn.Parameter(weights * torch.tensor([[0.5, -2.0], [1.0, 3.0]], dtype=torch.float64))
    optimizer = torch_optimizer.LARS([p], **given)
    state: dict[str, torch.Tensor | float] = {
        "p": p.detach().clone(), "momentum_buffer": torch.zeros_like(p)
    }  # fmt: skip
    for index, slope in enumerate(slopes):
        gradient = slope * torch.tensor([[0.1, 0.2], [-0.3, 0.4]], dtype=torch.float64)
        state = dict(parse(found.text).run(state, {**given, "t": index + 1.0, "g": gradient}, {}))
        p.grad = gradient.clone()
        optimizer.step()
        kept = optimizer.state[p]["momentum_buffer"]
        torch.testing.assert_close(state["momentum_buffer"], kept, rtol=1e-12, atol=1e-15)
        torch.testing.assert_close(state["p"], p.detach(), rtol=1e-12, atol=1e-15)


def test_a_way_at_zero_weights_that_cannot_be_written_is_told() -> None:
    """Its trust ratio is then one, and where it is read from a tensor it has no condition to write."""
    found = made(torch_optimizer.Lamb)
    assert (found.proof.verdict, found.lacking) == ("proven", ("zero-weights",))
    assert made(torch.optim.AdamW).lacking == ()


def test_state_in_one_tensor_is_proven_though_not_pretty() -> None:
    found = made(optimizers.Packed)
    assert found.proof.verdict == "proven"
    assert "both ←" in found.text


def test_two_results_of_one_function_are_called_what_they_are() -> None:
    found = made(optimizers.Ranged)
    assert found.text == "p ← p - lr * (g - mean(g)) / (std(g) + max[-1](g) - min[-1](g))"
    assert found.proof.verdict == "proven"


def test_a_mask_is_a_case_of_every_element() -> None:
    found = made(optimizers.Masked)
    assert found.text == "p ← where(abs(g) > 0.1, p - 2 * lr * g, p)"
    assert found.proof.verdict == "proven"


def test_a_number_that_is_set_back_counts_no_steps() -> None:
    found = made(optimizers.Resetting)
    assert found.proof.verdict == "proven"
    assert "k ← 0" in found.text
    assert not any(role.kind == "counter" for role in found.roles)


@pytest.mark.parametrize(
    ("cls", "kind", "of", "decay"),
    [
        (optimizers.Mean, "mean", "g", "beta"),
        (optimizers.NotMean, "decayed-sum", "beta * g", "beta"),
        (optimizers.Sum, "sum", "g^2", ""),
        (optimizers.Momentum, "decayed-sum", "g", "beta"),
        (optimizers.Largest, "maximum", "abs(g)", ""),
        (optimizers.Previous, "copy", "g", ""),
        (optimizers.Squared, "other", "", ""),
    ],
)
def test_roles(cls: type[torch.optim.Optimizer], kind: str, of: str, decay: str) -> None:
    found = made(cls)
    assert found.proof.verdict == "proven"
    role = next(each for each in found.roles if each.name == "kept")
    assert (role.kind, role.of, role.decay) == (kind, of, decay)
    assert role.place == "state.kept"


def test_state_that_no_step_changes_starts_somewhere() -> None:
    found = made(optimizers.Anchored)
    assert found.text == "p ← p - lr * (g + 0.5 * p - 0.5 * origin)"
    assert found.proof.verdict == "proven"


def test_rounding_is_left_out_by_name() -> None:
    found = made(optimizers.Rounding)
    assert found.proof.verdict == "proven"
    assert found.proof.unrounded == ("bfloat16",)
    assert "bfloat16" in found.casts


@pytest.mark.parametrize("cls", [optimizers.Wandering])
def test_what_no_equation_tells_is_not_proven(cls: type[torch.optim.Optimizer]) -> None:
    found = made(cls)
    assert found.proof.verdict == "unproven"
    assert found.proof.error is None or found.proof.error > PROVEN


def test_a_way_that_only_the_check_takes_leaves_them_proven_under_their_own_numbers_alone() -> None:
    found = made(optimizers.Late)
    assert found.text == "p ← p - lr * g"
    assert found.proof.verdict == "unproven" or not found.proof.varied


def test_hostile_names_become_words_of_the_language() -> None:
    name = "</code><script>x ← 1\n"

    class Hostile(Plain):
        def update(self, group: object, p: torch.Tensor, state: dict[str, torch.Tensor]) -> None:
            if name not in state:
                state[name] = torch.zeros_like(p)
            assert p.grad is not None
            state[name].mul_(0.9).add_(p.grad)
            p.sub_(state[name], alpha=0.1)

    found = made(Hostile)
    assert found.proof.verdict == "proven"
    assert not re.search(r"[<>&\"`]", found.text)
    for line in found.text.splitlines():
        words(line, 1)


def test_random_numbers_are_those_that_the_optimizer_drew() -> None:
    found = made(optimizers.Noisy)
    assert found.text == "p ← p - lr * (g + 0.1 * random(1))"
    assert found.proof.verdict == "proven"
