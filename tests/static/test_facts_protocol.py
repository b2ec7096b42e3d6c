"""How a step works: its closure, its paths, what it wraps, its phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.static.facts_samples import COUPLED, real, sample, workings

if TYPE_CHECKING:
    from pathlib import Path

ENABLED = "if closure is not None:\n    with torch.enable_grad():\n        loss = closure()"


@pytest.mark.parametrize(
    ("closure", "before", "after", "expected"),
    [
        ("closure=None", ENABLED, "return loss", ("optional", "once", "enabled", "yes")),
        ("closure=None", ENABLED, "return None", ("optional", "once", "enabled", "no")),
        ("closure=None", "", "return (closure or self.kept)()", ("optional", "once", "disabled", "yes")),
        ("closure", "loss = closure()", "return loss", ("required", "once", "disabled", "yes")),
        (
            "closure=None",
            "if closure is None:\n    raise RuntimeError\nloss = torch.enable_grad()(closure)()",
            "return loss",
            ("required", "once", "enabled", "yes"),
        ),
        (
            "closure",
            "loss = closure()",
            "closure()\nreturn loss",
            ("required", "several times", "disabled", "yes"),
        ),
        (
            "closure",
            "for _ in range(3):\n    loss = closure()",
            "return loss",
            ("required", "in a loop", "disabled", "yes"),
        ),
        (
            "closure=None",
            "if closure is None:\n    pass\nelse:\n    loss = closure()",
            "return loss",
            ("optional", "once", "disabled", "yes"),
        ),
        ("", "pass", "return loss", ("not accepted", "never", "not called", "no")),
    ],
)
def test_closure(
    tmp_path: Path, closure: str, before: str, after: str, expected: tuple[str, str, str, str]
) -> None:
    found = workings(sample(tmp_path, "pass", closure=closure, before=before, after=after)).closure
    assert (found.argument, found.calls, found.grad, found.returns_loss) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("torch.optim:SGD", ("optional", "once")),
        ("torch.optim:LBFGS", ("required", "in a loop")),
        ("pytorch_optimizer:SAM", ("required", "once")),
        ("pytorch_optimizer:WSAM", ("required", "several times")),
        ("pytorch_optimizer:Lookahead", ("optional", "passed on")),
    ],
)
def test_closure_of_real_optimizers(spec: str, expected: tuple[str, str]) -> None:
    found = workings(real(spec)).closure
    assert (found.argument, found.calls) == expected


@pytest.mark.parametrize(
    ("spec", "kinds"),
    [
        ("torch.optim:Adam", {"foreach", "fused", "capturable", "differentiable"}),
        ("torch.optim:Adagrad", {"foreach", "fused", "differentiable"}),
        ("torch.optim:RMSprop", {"foreach", "capturable", "differentiable"}),
        ("torch.optim:SparseAdam", set()),
        ("torch.optim:LBFGS", set()),
        ("torch_optimizer:Yogi", set()),
        ("pytorch_optimizer:Lion", {"foreach"}),
    ],
)
def test_other_paths_and_the_options_that_choose_them(spec: str, kinds: set[str]) -> None:
    found = workings(real(spec)).paths
    assert {path.kind for path in found} == kinds
    assert all(path.options == (path.kind,) for path in found)


@pytest.mark.parametrize(
    ("spec", "how"),
    [
        ("pytorch_optimizer:Lookahead", ["given as an argument"]),
        ("pytorch_optimizer:SAM", ["given as an argument"]),
        ("torch_optimizer:Lookahead", ["given as an argument"]),
        ("torch.optim:Adam", []),
        ("torch_optimizer:RAdam", []),
    ],
)
def test_wrapped_optimizers(spec: str, how: list[str]) -> None:
    assert [held.how for held in workings(real(spec)).holds] == how


def test_phases_follow_the_lines_whatever_things_are_called(tmp_path: Path) -> None:
    body = "\n".join(
        [
            "if grad.is_sparse:",
            "    raise RuntimeError",
            COUPLED,
            "m.mul_(beta).add_(grad, alpha=1 - beta)",
            "c = 1 - beta ** state['step']",
            "p.add_(m, alpha=-lr / c)",
        ]
    )
    found = workings(sample(tmp_path, body, before=ENABLED)).phases
    assert [phase.name for phase in found] == [
        "closure", "gradients", "state initialisation", "sparse gradients", "weight decay", "state update",
        "bias correction", "parameter update",
    ]  # fmt: skip
    lines = [phase.location.line for phase in found]
    assert lines == sorted(lines)
    assert {phase.function for phase in found} == {"step"}


def test_a_function_of_several_purposes_is_told_of_by_itself() -> None:
    found = workings(real("pytorch_optimizer:SAM")).phases
    step = [phase.calls or phase.name for phase in found if phase.function == "step"]
    assert step == ["first_step", "closure", "parameter update"]
    assert {"parameter update"} <= {phase.name for phase in found if phase.function == "first_step"}
