"""How a step works: what it does to tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.evidence.static import discover, read
from optreview.targets import resolve
from tests.static.facts_samples import COUPLED, DECOUPLED, real, sample, workings

if TYPE_CHECKING:
    from pathlib import Path

ASKED = """
def fast(group):
    if group['decouple'] is False:
        return False
    return True

def there(p):
    if p.grad is None:
        return False
    return True
"""


@pytest.mark.parametrize(
    ("body", "coupling"),
    [
        (COUPLED, "coupled"),
        ("grad.add_(p, alpha=wd)", "coupled"),
        ("grad = grad + wd * p", "coupled"),
        ("decay = p * wd\ngrad = torch.add(grad, decay)", "coupled"),
        ("grads = torch._foreach_add([grad], [p], alpha=wd)", "coupled"),
        (DECOUPLED, "decoupled"),
        ("p.add_(p, alpha=-lr * wd)", "decoupled"),
        ("p.sub_(lr * wd * p)", "decoupled"),
        ("p.data = p.data - lr * wd * p.data", "decoupled"),
        ("update = m / v.sqrt()\nupdate.add_(p, alpha=wd)", "decoupled"),
        (f"if group['decouple']:\n    {DECOUPLED}\nelse:\n    {COUPLED}", "both"),
        ("p.add_(grad, alpha=-lr * wd)", "not decided"),
        ("p.mul_(1 - lr)", "not decided"),
        ("m.lerp_(grad, 1 - beta)\ngrad.div_(m)\n" + COUPLED, "not decided"),
        (COUPLED + "\nm.lerp_(grad, 1 - beta)\ngrad.div_(m)", "coupled"),
        ("p.add_(wd, alpha=-lr)", "not decided"),
    ],
)
def test_weight_decay(tmp_path: Path, body: str, coupling: str) -> None:
    assert workings(sample(tmp_path, body)).weight_decay.coupling == coupling


@pytest.mark.parametrize(
    ("spec", "coupling"),
    [
        ("torch.optim:Adam", "both"),
        ("torch.optim:AdamW", "decoupled"),
        ("torch.optim:SGD", "coupled"),
        ("torch.optim:RAdam", "both"),
        ("torch.optim:LBFGS", "none"),
        ("torch_optimizer:RAdam", "decoupled"),
        ("torch_optimizer:Lamb", "decoupled"),
        ("torch_optimizer:Yogi", "coupled"),
        ("torch_optimizer:AdaBelief", "both"),
        ("lion_pytorch:Lion", "decoupled"),
        # It subtracts the decay itself, a number, from every parameter: neither the one nor the other.
        ("torch_optimizer:SGDW", "not decided"),
    ],
)
def test_weight_decay_of_real_optimizers(spec: str, coupling: str) -> None:
    assert workings(real(spec)).weight_decay.coupling == coupling


@pytest.mark.parametrize(
    ("body", "present", "buffers"),
    [
        ("m.mul_(beta).add_(grad, alpha=1 - beta)\nc = 1 - beta ** state['step']", "yes", ("m",)),
        ("m.lerp_(grad, 1 - beta)\nc = 1.0 - math.pow(beta, state['step'])", "yes", ("m",)),
        ("c = 1 - beta", "no", ()),
        ("c = 1 - 0.9 ** state['step']", "no", ()),
        ("c = 1 - state['step'] ** -0.8", "no", ()),
        ("lr = lr * beta ** state['step']", "no", ()),
        ("state.setdefault('w', 1.0)\nstate['w'] = 1 + beta * state['w']", "not decided", ()),
        ("c = (beta ** state['step'] - beta) / (beta ** state['step'] - 1)", "yes", ()),
        ("lr = lr * beta ** state['step']\np.mul_(1 - lr * wd)", "no", ()),
    ],
)
def test_bias_correction(tmp_path: Path, body: str, present: str, buffers: tuple[str, ...]) -> None:
    found = workings(sample(tmp_path, body)).bias_correction
    assert found.present == present
    assert {name for entry in found.corrections for name in entry.buffers} == set(buffers)


@pytest.mark.parametrize(
    ("spec", "present"),
    [
        ("torch.optim:Adam", "yes"),
        ("torch.optim:NAdam", "yes"),
        ("torch.optim:RMSprop", "no"),
        ("torch.optim:Adagrad", "no"),
        ("torch.optim:SGD", "no"),
        ("pytorch_optimizer:Lion", "no"),
        ("pytorch_optimizer:QHAdam", "not decided"),  # it keeps the sum of the weights as a tensor
        ("pytorch_optimizer:AdaBelief", "yes"),
        ("torch_optimizer:Yogi", "yes"),
    ],
)
def test_bias_correction_of_real_optimizers(spec: str, present: str) -> None:
    assert workings(real(spec)).bias_correction.present == present


def test_a_correction_names_the_average_of_the_same_weight() -> None:
    found = workings(real("torch.optim:Adam")).bias_correction.corrections
    pairs = {("beta1" in entry.site.expression, entry.buffers) for entry in found}
    assert pairs == {(True, ("exp_avg",)), (False, ("exp_avg_sq",))}


def test_a_helper_that_corrects_on_two_paths_is_under_the_condition_of_neither() -> None:
    """Its foreach path and its loop call the same function, which says nothing of which average it is for."""
    (found,) = workings(real("pytorch_optimizer.optimizer.muon.normuon:NorMuon")).bias_correction.corrections
    assert (found.site.gate, found.buffers) == (None, ())


@pytest.mark.parametrize(
    ("body", "key", "role"),
    [
        ("m.mul_(beta).add_(grad, alpha=1 - beta)", "m", "EMA of the gradient"),
        ("m.lerp_(grad, 1 - beta)", "m", "EMA of the gradient"),
        ("m.mul_(beta).add_(grad)", "m", "decaying sum of the gradient"),
        ("m.add_(grad)", "m", "sum of the gradient"),
        (
            "v.mul_(beta).addcmul_(grad - m, grad - m, value=1 - beta)",
            "v",
            "EMA of the square of what the gradient and other state give",
        ),
        (
            "d = grad - m\nv.mul_(beta).add_(d * d, alpha=1 - beta)",
            "v",
            "EMA of the square of what the gradient and other state give",
        ),
        (
            "v.mul_(beta).addcmul_(grad - m, grad + m, value=1 - beta)",
            "v",
            "EMA of the gradient combined with other state",
        ),
        (
            "v.mul_(beta).add_(grad.pow(2) + m, alpha=1 - beta)",
            "v",
            "EMA of the gradient combined with other state",
        ),
        (
            "state['n'].mul_(beta).add_(grad.norm(), alpha=1 - beta)",
            "n",
            "EMA of a norm of the gradient",
        ),
        (
            "state['n'].mul_(beta).add_(grad.mean(), alpha=1 - beta)",
            "n",
            "EMA of a number computed from the gradient",
        ),
        ("v.mul_(beta).addcmul_(grad, grad, value=1 - beta)", "v", "EMA of the squared gradient"),
        ("v.mul_(beta).add_(grad.pow(2), alpha=1 - beta)", "v", "EMA of the squared gradient"),
        ("v.mul_(beta).add_(grad * grad, alpha=1 - beta)", "v", "EMA of the squared gradient"),
        ("v.mul_(beta).add_(grad.abs(), alpha=1 - beta)", "v", "EMA of the gradient"),
        ("v.addcmul_(grad, grad)", "v", "sum of the squared gradient"),
        # one form shows the gradient, the other hides it
        (
            "x = self.ask(m)\nif x:\n    v.lerp_(m.sqrt(), 1 - beta)\nelse:\n    v.lerp_(m * grad, 1 - beta)",
            "v",
            None,
        ),
        ("torch.maximum(v, grad, out=v)", "v", "running maximum"),
        ("torch.maximum(v.mul_(beta), grad.abs(), out=v)", "v", "decaying maximum"),
        ("v.add_(grad)\ntorch.maximum(v, torch.zeros_like(v), out=v)", "v", None),
        (
            "if 'z' not in state:\n    state['z'] = p.clone()\nstate['z'].sub_(grad)",
            "z",
            "the parameters at first; sum of the gradient",
        ),
        ("m.copy_(p)", "m", "made of the parameters"),
        ("state['step'] += 1", "step", "counter"),
        ("state['step'] = state['step'] + 1", "step", "counter"),
        ("state['step'] = state['step']", "step", None),
        ("state['step'] += 2", "step", None),
        ("m.mul_(beta)", "m", None),
        ("m.mul_(grad.norm()).add_(grad)", "m", None),
        ("grad.copy_(p)\nm.add_(grad)", "m", None),
        ("m.add_(p.sub(m))", "m", None),
        ("m.zero_()\nm.add_(grad)", "m", None),
        ("torch.maximum(v, grad, out=v)\nv.add_(grad)", "v", None),
        ("pass", "m", None),
        ("pass", "start", "made of the parameters at the start"),
    ],
)
def test_role_of_a_buffer(tmp_path: Path, body: str, key: str, role: str | None) -> None:
    found = {buffer.key: buffer.role for buffer in sample(tmp_path, body).state_buffers}
    assert found[key] == role


@pytest.mark.parametrize(
    ("body", "lines", "certain"),
    [
        ("d = grad * 2", 1, True),
        ("d = grad.sqrt()", 1, True),
        ("d = torch.maximum(grad, m)", 1, True),
        ("if group['decouple']:\n    d = grad.clone()", 1, False),
        ("d = grad.float()", 0, True),
        ("d = grad.type(p.type())", 0, True),
        ("if state['step'] == 0:\n    state['old'] = grad.clone()", 0, True),
        ("if state['step'] % 5 == 0:\n    d = grad.clone()", 1, True),
        ("d = grad.new_empty(size=p.shape)", 1, True),
        ("d = p.new_zeros(list(p.shape))", 1, True),
        ("d = grad.mul_(2).add_(p)", 0, True),
        ("d = grad.norm() * 2", 0, True),
        ("d = grad.view(-1).detach()", 0, True),
        ("if group['decouple'] and 'm2' not in state:\n    state['m2'] = torch.zeros_like(p)", 0, True),
    ],
)
def test_full_size_temporaries(tmp_path: Path, body: str, lines: int, *, certain: bool) -> None:
    found = workings(sample(tmp_path, body)).temporaries
    assert len({site.location.line for site in found}) == lines
    assert all(site.certain is certain for site in found)


@pytest.mark.parametrize(
    ("body", "answers"),
    [
        ("x = grad.norm().item()", [True]),
        ("if group['decouple']:\n    x = float(grad.sum())", [False]),
        ("x = float(lr)", []),
        ("p.add_(grad, alpha=grad.norm())", [True]),
        ("p.add_(grad, alpha=-lr)", []),
        ("x = torch.tensor(0.0).item()", []),
        ("if fast(group):\n    continue\nx = grad.norm().item()", [False]),
        ("if there(p):\n    x = grad.norm().item()", [True]),
    ],
)
def test_reads_back_to_the_host(tmp_path: Path, body: str, answers: list[bool]) -> None:
    assert [site.certain for site in workings(sample(tmp_path, body, before=ASKED)).host_syncs] == answers


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("grad.mul_(2)", "yes"),
        ("if group['decouple']:\n    grad.neg_()", "on some paths"),
        ("grad = grad.clone()\ngrad.mul_(2)", "no"),
        ("d = grad.mul(2)", "no"),
    ],
)
def test_gradient_mutation(tmp_path: Path, body: str, answer: str) -> None:
    assert workings(sample(tmp_path, body)).gradient_mutation.answer == answer


@pytest.mark.parametrize(
    ("body", "handling"),
    [
        ("grad = torch.view_as_real(grad)", "viewed as real"),
        ("if p.is_complex():\n    raise RuntimeError", "rejected"),
        ("if p.is_complex():\n    raise RuntimeError\np = torch.view_as_real(p)", "rejected"),
        ("assert not p.is_complex()", "rejected"),
        ("if not p.is_complex():\n    raise RuntimeError\np = torch.view_as_real(p)", "viewed as real"),
        (
            "if group['lr'] and p.is_complex():\n    raise RuntimeError\np = torch.view_as_real(p)",
            "viewed as real",
        ),
        ("x = torch.is_complex(p)", "asked for"),
        ("v.addcmul_(grad, grad.conj())", "unmentioned"),
    ],
)
def test_complex_numbers(tmp_path: Path, body: str, handling: str) -> None:
    assert workings(sample(tmp_path, body)).complex_numbers.handling == handling


def test_a_function_that_an_option_chooses_does_not_speak_for_the_others(tmp_path: Path) -> None:
    source = """
import torch

def kernel(p):
    assert not p.is_complex()
    p.mul_(2)

def plain(p):
    p.mul_(2)

class Sample(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, fast=False):
        super().__init__(params, dict(lr=lr))
        self.update = plain
        if fast:
            self.update = kernel

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                self.update(p)
"""
    (tmp_path / "sample.py").write_text(source, encoding="utf-8")
    chosen = read(discover(resolve(str(tmp_path / "sample.py"))).found[0])
    assert workings(chosen).complex_numbers.handling == "asked for"


def test_options_that_only_the_groups_can_bring(tmp_path: Path) -> None:
    def beside(body: str) -> list[str]:
        found = sample(tmp_path, body).measurements
        return [each.note for each in found if each.id == "options_of_groups"]

    assert beside("if group.get('cautious'):\n    grad = grad.clone()") == ["`cautious`"]
    assert beside("group['count'] = group.get('count', 0) + 1") == []
    assert beside("p.add_(grad, alpha=-group['lr'])") == []


GIVEN_GROUPS = """
import torch
from torch.optim import Optimizer

def fill(group, nesterov):
    group.update(nesterov=nesterov)

class Sample(Optimizer):
    def __init__(self, params, lr=1e-3, adamw_betas=(0.9, 0.95)EXTRA):
        for group in params:
            group["betas"] = group.get("betas", adamw_betas)
            group.setdefault("scale", 2.0)
            fill(group, True)
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if group["nesterov"] and group["cautious"]:
                    p.add_(p.grad, alpha=-group["lr"] * beta1 * group["scale"])
"""


@pytest.mark.parametrize("extra", ["", ", **kwargs"])
def test_what_the_constructor_writes_into_the_groups_it_was_given_is_put_there(
    tmp_path: Path, extra: str
) -> None:
    (tmp_path / "sample.py").write_text(GIVEN_GROUPS.replace("EXTRA", extra), encoding="utf-8")
    found = read(discover(resolve(str(tmp_path / "sample.py"))).found[0]).measurements
    (told,) = (each for each in found if each.id == "options_of_groups")
    asked = GIVEN_GROUPS.splitlines().index('                if group["nesterov"] and group["cautious"]:') + 1
    assert (told.note, [each.line for each in told.locations]) == ("`cautious`", [asked])


@pytest.mark.parametrize(
    ("body", "gate"),
    [
        (
            "if group['lr']:\n    if group['decouple']:\n        state['x'] = p.clone()\n"
            "    else:\n        state['x'] = grad.clone()",
            "group['lr']",
        ),
        (
            "if group['decouple']:\n    if wd:\n        state['x'] = p.clone()\n"
            "elif wd:\n    state['x'] = grad.clone()",
            "group['decouple'] and wd or not group['decouple'] and wd",
        ),
        ("if wd:\n    state['x'] = p.clone()\nelse:\n    state['x'] = grad.clone()", None),
    ],
)
def test_no_way_to_a_buffer_is_left_out(tmp_path: Path, body: str, gate: str | None) -> None:
    assert {each.key: each.gate for each in sample(tmp_path, body).state_buffers}["x"] == gate


def test_a_module_of_torch_computes_what_its_function_does(tmp_path: Path) -> None:
    """``torch.nn.Softplus(50)(v)`` makes a tensor as large as ``v``."""
    found = workings(sample(tmp_path, "soft = torch.nn.Softplus(50)\np.addcdiv_(m, soft(v), value=-lr)"))
    assert [site.expression for site in found.temporaries] == ["soft(v)"]


def test_a_function_is_told_by_the_line_of_its_definition(tmp_path: Path) -> None:
    found = workings(sample(tmp_path, "m.mul_(beta)\nm.add_(grad)\np.add_(m, alpha=-lr)"))
    text = (tmp_path / "sample.py").read_text(encoding="utf-8").splitlines()
    assert all(phase.defined for phase in found.phases)
    lines = {phase.defined.line for phase in found.phases if phase.defined}
    assert [text[line - 1].strip() for line in lines] == ["def step(self, closure=None):"]
