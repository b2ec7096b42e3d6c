"""Update rules as the papers write them, beside the optimizers, in float64."""

from functools import partial

import pytest
import torch
from lion_pytorch import Lion

from optreview.evidence.dynamic.rule.language import parse

ADAM = """
m ← EMA[beta1](g)
v ← EMA[beta2](g^2)
p ← p - lr * (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + eps)
"""
ADAMW = """
m ← EMA[beta1](g)
v ← EMA[beta2](g^2)
hat = sqrt(v' / (1 - beta2^t)) + eps
p ← (1 - lr * wd) * p - lr * (m' / (1 - beta1^t)) / hat
"""
LION = """
direction = sign(beta1 * m + (1 - beta1) * g)
p ← (1 - lr * wd) * p - lr * direction
m ← EMA[beta2](g)
"""
ADAGRAD = """
s ← s + g^2
p ← p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s') + eps)
"""
CENTERED_RMSPROP = """
v ← EMA[alpha](g^2)
a ← EMA[alpha](g)
b ← momentum * b + g / (sqrt(v' - a'^2) + eps)
p ← p - lr * b'
"""
SGD = """
d = g + wd * p
if t == 1:
    b ← d
else:
    b ← momentum * b + (1 - dampening) * d
p ← p - lr * b'
"""
ADAMAX = """
m ← EMA[beta1](g)
u ← max(beta2 * u, abs(g) + eps)
p ← p - lr / (1 - beta1^t) * m' / u'
"""
ADADELTA = """
v ← EMA[rho](g^2)
d = sqrt(u + eps) / sqrt(v' + eps) * g
u ← EMA[rho](d^2)
p ← p - lr * d
"""
RPROP = """
agree = sign(g * prev)
factor = where(agree > 0, 1.2, where(agree < 0, 0.5, 1))
size ← clamp(size * factor, 1e-6, 50)
prev ← where(agree < 0, 0, g)
p ← p - sign(prev') * size'
"""
NADAM = """
m ← EMA[beta1](g)
v ← EMA[beta2](g^2)
mu = beta1 * (1 - 0.5 * 0.96^(t * decay))
mu_next = beta1 * (1 - 0.5 * 0.96^((t + 1) * decay))
product ← product * mu
d = sqrt(v' / (1 - beta2^t)) + eps
p ← p - lr * (1 - mu) / (1 - product') * g / d - lr * mu_next / (1 - product' * mu_next) * m' / d
"""
BETAS = {"lr": 0.02, "beta1": 0.8, "beta2": 0.97, "eps": 1e-4}
BY_HAND = {
    "Adam": (ADAM, torch.optim.Adam, BETAS, {}),
    "AdamW": (ADAMW, torch.optim.AdamW, {**BETAS, "wd": 0.3}, {}),
    "Lion": (LION, Lion, {"lr": 0.02, "beta1": 0.8, "beta2": 0.97, "wd": 0.3}, {}),
    "Adagrad": (ADAGRAD, torch.optim.Adagrad, {"lr": 0.02, "lr_decay": 0.1, "eps": 1e-4}, {}),
    "RMSprop": (
        CENTERED_RMSPROP,
        partial(torch.optim.RMSprop, centered=True),
        {"lr": 0.02, "alpha": 0.9, "momentum": 0.7, "eps": 1e-4},
        {},
    ),
    "SGD": (SGD, torch.optim.SGD, {"lr": 0.02, "momentum": 0.9, "dampening": 0.2, "wd": 0.3}, {}),
    "Adamax": (ADAMAX, torch.optim.Adamax, BETAS, {}),
    "Adadelta": (ADADELTA, torch.optim.Adadelta, {"lr": 0.5, "rho": 0.8, "eps": 1e-4}, {}),
    "Rprop": (RPROP, torch.optim.Rprop, {"lr": 0.02}, {"size": 0.02}),
    "NAdam": (
        NADAM,
        partial(torch.optim.NAdam, momentum_decay=0.1),
        {**BETAS, "decay": 0.1},
        {"product": 1.0},
    ),
}


def arguments(values):
    """Hyperparameters as the constructors of torch name them."""
    given = {{"wd": "weight_decay"}.get(name, name): value for name, value in values.items()}
    given.pop("decay", None)
    if "beta1" in given:
        given["betas"] = (given.pop("beta1"), given.pop("beta2"))
    return given


@pytest.fixture
def _double():
    """Some optimizers keep scalars of their state in torch's default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("_double")
@pytest.mark.parametrize("name", BY_HAND)
def test_rules_written_by_hand_run_like_the_optimizers(name):
    text, kind, values, initial = BY_HAND[name]
    rule = parse(text)
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    parameter = start.clone().requires_grad_()
    optimizer = kind([parameter], **arguments(values))
    state = {each: torch.full_like(start, initial.get(each, 0.0)) for each in rule.names.state}
    state["p"] = start
    for t in range(1, 21):
        g = torch.randn(5, 3, generator=generator, dtype=torch.float64)
        parameter.grad = g.clone()
        optimizer.step()
        state = rule.run(state, {**values, "g": g, "t": t})
        moved = (state["p"] - start).norm()
        assert (state["p"] - parameter).norm() < 1e-12 * moved


def test_a_changed_rule_no_longer_runs_like_the_optimizer():
    parameter = torch.ones(3, dtype=torch.float64, requires_grad=True)
    state: dict[str, torch.Tensor | float] = {"p": parameter.detach().clone(), "m": 0.0, "v": 0.0}
    parameter.grad = torch.tensor([1.0, -2.0, 0.1], dtype=torch.float64)
    torch.optim.Adam([parameter], lr=0.02, betas=(0.8, 0.97), eps=1e-4).step()
    wrong = parse(ADAM.replace(") + eps", " + eps)"))
    assert (wrong.run(state, {**BETAS, "g": parameter.grad, "t": 1})["p"] - parameter).norm() > 1e-6
