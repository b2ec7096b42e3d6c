"""An edit that changes anything is seen: in the parameters, in the state, under an option, in a result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from optreview.evidence.dynamic.client import Job, Limits, Runner
from optreview.evidence.dynamic.unchanged import Comparison, Course, compare
from optreview.evidence.dynamic.wire import Follow
from tests.dynamic.conftest import installed, lone, options

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import Target

SOURCE = """\
import torch


class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-2, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                state = self.state[p]
                if len(state) == 0:
                    state["seen"] = torch.zeros_like(p)
                state["seen"].add_(grad)
                if group["weight_decay"]:
                    grad = grad.add(p, alpha=group["weight_decay"])
                    if group["nesterov"]:
                        grad = grad.mul(2)
                if group["momentum"]:
                    buffer = state.setdefault("buffer", torch.zeros_like(p))
                    grad = buffer.mul_(group["momentum"]).add_(grad)
                p.add_(grad, alpha=-group["lr"])
        return loss
"""

#: What is written instead, and what has to be noticed.
CHANGES = {
    "the step": (
        'alpha=-group["lr"])\n        return',
        'alpha=-1.0001 * group["lr"])\n        return',
        "parameters",
    ),
    "an option": ("grad.add(p,", "grad.add(2 * p,", "weight_decay"),
    "two options": ("grad.mul(2)", "grad.mul(3)", "nesterov"),
    "only the state": ('["seen"].add_(grad)', '["seen"].add_(2 * grad)', "the state `seen`"),
    "the state's type": (
        "= torch.zeros_like(p)\n",
        "= torch.nn.Parameter(torch.zeros_like(p), False)\n",
        "the state `seen`",
    ),
    "recording": (
        "= torch.zeros_like(p)\n",
        "= torch.zeros_like(p).requires_grad_()\n",
        "that require gradients",
    ),
    "a name in the state": (
        '["seen"].add_(grad)',
        '["seen"].add_(grad); state["more"] = 1',
        "the state `more`",
    ),
    "the gradients": (
        'alpha=-group["lr"])\n        return',
        'alpha=-group["lr"])\n                p.grad.mul_(2)\n        return',
        "gradients",
    ),
    "the result": (
        "        return loss",
        "        return 0 if loss is None else loss",
        "what `step` returns",
    ),
    "the result of a closure": ("loss = closure()", "loss = 2 * closure()", "with a closure"),
    "an attribute": ("loss = None", "loss = None; self.count = 1", "the state `count`"),
    "the groups": ("loss = None", "loss = None; self.param_groups[0]['lr'] *= 1.5", "step 1"),
    "an error": ("loss = None", "loss = None; assert len(self.state) == 0", "raised AssertionError"),
    "an error late": (
        "loss = None",
        "loss = None; assert max(map(len, self.state.values()), default=0) < 2",
        "momentum",
    ),
    "memory during a step": (
        "p.add_(grad, alpha",
        "spare = torch.zeros(1 << 20); del spare\n                p.add_(grad, alpha",
        "bytes more during a step",
    ),
    "memory out of sight": (
        "loss = None",
        "loss = None; Plain.__dict__.get('x') or setattr(Plain, 'x', [torch.zeros(100)])",
        "bytes more",
    ),
    "reloading": (
        "    @torch.no_grad()",
        "    def __setstate__(self, state):\n        pass\n\n    @torch.no_grad()",
        "loaded",
    ),
    "no build": ("super().__init__", "raise ValueError('never')\n        super().__init__", "never"),
    "no import": ("import torch\n", "import torch\nraise ValueError('never')\n", "never"),
    "no Python": ("import torch\n", "import torch\nclass\n", "SyntaxError"),
    "another way of stepping": ("closure=None", "closure", "another way"),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plain.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kept") / "plain.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def before(runner: Runner, kept: Path) -> Course:
    return followed(runner, lone(kept, "Plain"))


def followed(
    runner: Runner, target: Target, instead: dict[str, bytes] | None = None, **more: object
) -> Course:
    request = Follow(
        job=Job(target=target, options=options(nesterov="True")),
        also=options(momentum="0.1", weight_decay="0.1"),
    )
    return runner.follow(msgspec.structs.replace(request, **more), instead=instead)


def told(runner: Runner, path: Path, text: str) -> Comparison:
    target = lone(path, "Plain")
    return compare(followed(runner, target), followed(runner, target, {str(path): text.encode()}))


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen(runner: Runner, kept: Path, before: Course, name: str) -> None:
    old, new, words = CHANGES[name]
    assert SOURCE.count(old) == 1
    after = followed(runner, lone(kept, "Plain"), {str(kept): SOURCE.replace(old, new).encode()})
    comparison = compare(before, after)
    assert comparison.change is not None
    assert words in comparison.change
    assert kept.read_text(encoding="utf-8") == SOURCE
    assert [entry.name for entry in kept.parent.iterdir()] == ["plain.py"]


def test_another_way_to_write_it_is_no_change(runner: Runner, path: Path) -> None:
    text = SOURCE.replace("p.add_(grad, alpha", "p.data.add_(grad.data, alpha").replace(
        "momentum", "momentum"
    )
    comparison = told(runner, path, text)
    assert comparison.change is None
    assert comparison.mended == ()
    assert {"its defaults", "bfloat16 parameters", "a closure", "its state saved and loaded halfway"} <= set(
        comparison.equal
    )
    assert {"nesterov=True, weight_decay=0.1", "momentum=0.1, weight_decay=0.1", "weight_decay=0.1"} <= set(
        comparison.equal
    )


def test_where_only_the_original_fails_there_is_nothing_to_compare(runner: Runner, path: Path) -> None:
    good = SOURCE
    path.write_text(
        good.replace("            with torch.enable_grad():\n                loss", "            loss")
    )
    comparison = told(runner, path, good)
    assert comparison.change is None
    assert [setting for setting, _ in comparison.mended] == ["a closure"]
    assert "does not require grad" in comparison.mended[0][1]
    assert "its defaults" in comparison.equal


def test_an_optimizer_that_never_does_the_same_differs_from_itself(runner: Runner, path: Path) -> None:
    path.write_text(
        SOURCE.replace("import torch\n", "import os\nimport torch\n").replace(
            "grad = p.grad\n", "grad = p.grad + int.from_bytes(os.urandom(3)) / 1e9\n"
        )
    )
    target = lone(path, "Plain")
    comparison = compare(followed(runner, target), followed(runner, target))
    assert comparison.change is not None


def test_a_changed_module_is_imported_through_its_package(runner: Runner, tmp_path: Path) -> None:
    package = tmp_path / "family"
    package.mkdir()
    (package / "__init__.py").write_text("from .child import Child\n")
    (package / "parent.py").write_text(SOURCE)
    (package / "child.py").write_text("from .parent import Plain\n\nclass Child(Plain):\n    pass\n")
    target = replace_target(lone(package / "child.py", "Child"), tmp_path)
    before = followed(runner, target, watched=(str(package / "parent.py"), str(package / "child.py")))
    assert before.runs, before.failure
    same = followed(runner, target, {str(package / "parent.py"): SOURCE.encode()})
    assert compare(before, same).change is None
    other = SOURCE.replace("alpha=-group", "alpha=-2 * group")
    assert "parameters" in str(
        compare(before, followed(runner, target, {str(package / "parent.py"): other.encode()})).change
    )
    lines, own = compare(before, same).lines
    assert SOURCE.splitlines().index("                        grad = grad.mul(2)") + 1 in lines
    assert own - {0} == {1, 3, 4}
    assert sorted(entry.name for entry in package.iterdir()) == ["__init__.py", "child.py", "parent.py"]


def replace_target(target: Target, root: Path) -> Target:
    return msgspec.structs.replace(
        target, root=str(root), module="family.child", package="family", lone=False
    )


def test_lines_that_no_run_comes_to_are_known(runner: Runner, path: Path) -> None:
    text = SOURCE.replace('if group["nesterov"]:', 'if group["nesterov"] == "never":')
    path.write_text(text)
    target = lone(path, "Plain")
    before = followed(runner, target, watched=(str(path),))
    (lines,) = compare(before, followed(runner, target)).lines
    numbers = {line.strip(): number for number, line in enumerate(text.splitlines(), start=1)}
    assert numbers["loss = closure()"] in lines
    assert numbers['p.add_(grad, alpha=-group["lr"])'] in lines
    assert numbers["grad = grad.mul(2)"] not in lines


def test_source_is_found_where_code_asks_for_its_own(runner: Runner, path: Path) -> None:
    asking = SOURCE + "\nimport inspect\nassert 'marker' in inspect.getsource(Plain.step)\n"
    course = followed(
        runner,
        lone(path, "Plain"),
        {str(path): asking.replace("loss = None", "loss = None  # marker").encode()},
    )
    assert course.runs, course.failure


def test_what_optreview_itself_uses_cannot_be_tried(runner: Runner) -> None:
    target = installed("torch.optim.sgd", "SGD")
    course = runner.follow(Follow(job=Job(target=target)), instead={target.path: b"raise SystemExit"})
    assert not course.runs
    assert course.failure is not None
    assert "in use by optreview itself" in course.failure.message


def test_a_fix_that_hangs_is_ended(path: Path) -> None:
    target = lone(path, "Plain")
    text = SOURCE.replace("loss = None", "loss = None\n        while True: pass")
    with Runner(device="cpu", limits=Limits(wall_seconds=8)) as strict:
        before = replace(followed(strict, target), failure=None)
        comparison = compare(before, followed(strict, target, {str(path): text.encode()}))
    assert comparison.change is not None
    assert "did not finish" in comparison.change


def test_a_forged_trail_is_not_believed(runner: Runner, path: Path) -> None:
    """Junk on every descriptor ends the run as forged, or not at all; it never makes two runs equal."""
    junk = (
        "import contextlib, os\nfor number in range(3, 64):\n"
        "    with contextlib.suppress(OSError):\n        os.write(number, b'junk' * 99)\n"
    )
    path.write_text(junk + SOURCE)
    course = followed(runner, lone(path, "Plain"))
    assert not course.runs
    assert course.failure is not None
    assert compare(course, course).change is not None
