"""Edits of source text: exact, idempotent, and silent where they would not be safe."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from optreview.evidence.static import edits as editing
from optreview.evidence.static import reading
from optreview.evidence.static.edits import Edit
from optreview.evidence.static.rules import catalogue
from optreview.evidence.static.source.classes import Lineage
from optreview.evidence.static.source.index import Index
from optreview.evidence.static.source.modules import ClassRef

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.evidence.static.rule import Flawed, Hit, Rule

RULES = {rule.id: rule for rule in catalogue()}
FLAWED = [(rule, example) for rule in RULES.values() for example in rule.flawed]
FIXED = [(rule, example) for rule, example in FLAWED if example.fixed is not None]


def hits(rule: Rule, source: str, folder: Path) -> list[Hit]:
    (folder / "sample.py").write_text(source, encoding="utf-8", newline="")
    index = Index(str(folder), (), "sample", lone=True)
    module = index.load("sample")
    assert module is not None
    optimizer = list(module.classes)[-1]
    found = reading.read(index, Lineage(index, ClassRef(module, module.classes[optimizer])))
    return list(rule.hits(found))


def mended(rule: Rule, source: str, folder: Path) -> str:
    """The source after all edits of one rule, once."""
    made: list[Edit] = []
    for hit in hits(rule, source, folder):
        if not any(editing.overlap(one, other) for one in hit.edits for other in made):
            made.extend(hit.edits)
    return editing.apply(source, made)


@pytest.mark.parametrize(("rule", "example"), FLAWED, ids=[rule.id for rule, _ in FLAWED])
def test_an_example_is_fixed_exactly_as_it_says_or_not_at_all(
    rule: Rule, example: Flawed, tmp_path: Path
) -> None:
    wanted = example.fixed if example.fixed is not None else example.source
    assert mended(rule, example.source, tmp_path) == wanted


@pytest.mark.parametrize(("rule", "example"), FIXED, ids=[rule.id for rule, _ in FIXED])
def test_fixed_source_parses_and_needs_no_more_fixing(rule: Rule, example: Flawed, tmp_path: Path) -> None:
    assert example.fixed is not None
    ast.parse(example.fixed)
    left = hits(rule, example.fixed, tmp_path)
    assert [hit for hit in left if hit.edits] == []
    assert len(left) < len(hits(rule, example.source, tmp_path))


def test_the_rules_that_mend_are_those_measured() -> None:
    assert {rule.id for rule, _ in FIXED} == {
        "closure_without_enable_grad",
        "data_attribute",
        "deprecated_overload",
        "missing_no_grad",
        "super_with_arguments",
    }


def test_line_endings_and_tabs_of_the_file_are_kept(tmp_path: Path) -> None:
    source = (
        "import torch as th\r\n\r\nclass Plain(th.optim.Optimizer):\r\n"
        "\tdef step(self, closure=None):\r\n"
        "\t\tloss = closure() if closure is not None else None\r\n"
        "\t\tfor group in self.param_groups:\r\n"
        "\t\t\tfor p in group['params']:\r\n"
        "\t\t\t\tp.data.add_(p.grad, alpha=-group['lr'])\r\n"
        "\t\treturn loss"
    )
    assert mended(RULES["missing_no_grad"], source, tmp_path) == source.replace(
        "\tdef step", "\t@th.no_grad()\r\n\tdef step"
    ).replace("\t\tloss = ", "\t\twith th.enable_grad():\r\n\t\t\tloss = ")


def test_positions_count_characters_not_bytes(tmp_path: Path) -> None:
    source = (
        "import torch\n\nclass Plain(torch.optim.Optimizer):\n    @torch.no_grad()\n"
        "    def step(self, closure=None):\n        for group in self.param_groups:\n"
        "            for p in group['params']:\n"
        "                é = 'ü'; p.data.add_(-group['β'], p.grad)\n"
    )
    assert "é = 'ü'; p.add_(-group['β'], p.grad)\n" in mended(RULES["data_attribute"], source, tmp_path)
    assert "p.data.add_(p.grad, alpha=-group['β'])\n" in mended(
        RULES["deprecated_overload"], source, tmp_path
    )


STEP = """\
import torch

class Plain(torch.optim.Optimizer):
    def step(self, closure=None):
        {call}
        for group in self.param_groups:
            for p in group["params"]:
                p.data.add_(p.grad, alpha=-group["lr"])
"""


@pytest.mark.parametrize(
    "call",
    [
        "if closure is not None: closure()",
        "if closure(): pass",
        "loss = closure(); print(loss)",
        "loss = evaluate(closure())",
        "loss = [closure() for _ in range(3)]",
        "self.inner.step(closure)",
        "closure and closure()",
        "torch.autograd.backward([])",
        "self.meta.requires_grad_()",
    ],
)
def test_a_step_whose_closure_cannot_be_wrapped_is_left_to_people(call: str, tmp_path: Path) -> None:
    source = STEP.format(call=call)
    found = hits(RULES["missing_no_grad"], source, tmp_path)
    assert len(found) == 1
    assert found[0].edits == ()


@pytest.mark.parametrize(
    "call",
    [
        "[super(Plain, self).step() for _ in self.param_groups]",
        "super(Other, self).step()",
        "super(Plain, closure).step()",
        "(lambda: super(Plain, self).step())()",
        "super(Plain, self,  # why\n        ).step()",
    ],
)
def test_arguments_of_super_that_python_would_not_fill_in_stay(call: str, tmp_path: Path) -> None:
    found = hits(RULES["super_with_arguments"], STEP.format(call=call), tmp_path)
    assert found
    assert found[-1].edits == ()


@pytest.mark.parametrize(
    "use",
    [
        "state['x'] = {}",
        "kept.append({})",
        "x = copy.deepcopy({})",
        "x = {}.numpy()",
        "x = {}.grad",
        "x = [{}]",
        "x = {} if group else None",
        "{} += 1",
        "{}[0] = 1",
    ],
)
def test_a_tensor_that_is_kept_keeps_its_data(use: str, tmp_path: Path) -> None:
    source = (
        "import copy\nimport torch\n\nclass Plain(torch.optim.Optimizer):\n    @torch.no_grad()\n"
        "    def step(self, closure=None):\n        kept = []\n        for group in self.param_groups:\n"
        "            for p in group['params']:\n                state = self.state[p]\n"
        f"                {use.format('p.data')}\n"
    )
    assert all(hit.edits == () for hit in hits(RULES["data_attribute"], source, tmp_path))


def test_autograd_on_keeps_data(tmp_path: Path) -> None:
    source = STEP.format(call="pass")
    (hit,) = hits(RULES["data_attribute"], source, tmp_path)
    assert (hit.edits, hit.later) == ((), True)
    (hit,) = hits(RULES["data_attribute"], STEP.format(call="self.inner.step(closure)"), tmp_path)
    assert (hit.edits, hit.later) == ((), False)


def test_an_import_is_added_behind_the_docstring_and_the_future(tmp_path: Path) -> None:
    head = '"""Text."""\nfrom __future__ import annotations\n'
    source = head + STEP.format(call="pass").replace("import torch\n", "from torch.optim import Optimizer\n")
    source = source.replace("torch.optim.Optimizer", "Optimizer")
    assert mended(RULES["missing_no_grad"], source, tmp_path).startswith(
        head + "import torch\nfrom torch.optim import Optimizer\n"
    )


def test_a_file_that_calls_something_else_torch_is_left_alone(tmp_path: Path) -> None:
    source = STEP.format(call="pass").replace(
        "import torch\n", "from torch.optim import Optimizer\ntorch = 1\n"
    )
    source = source.replace("torch.optim.Optimizer", "Optimizer")
    (hit,) = hits(RULES["missing_no_grad"], source, tmp_path)
    assert hit.edits == ()


def test_edits_that_touch_are_told_apart() -> None:
    one, other = Edit(3, 5, "a"), Edit(5, 7, "b")
    assert not editing.overlap(one, other)
    assert not editing.overlap(one, Edit(3, 5, "a"))
    assert editing.overlap(one, Edit(4, 6, "c"))
    assert editing.overlap(one, Edit(3, 3, "c"))
    assert editing.apply("0123456789", [other, one, one]) == "012ab789"


def test_positions_are_found_again_in_the_text_before() -> None:
    made = [Edit(2, 2, "new "), Edit(5, 8, "")]
    assert editing.apply("0123456789", made) == "01new 23489"
    assert [editing.source_offset(at, made) for at in (0, 2, 5, 6, 8, 9, 10)] == [0, 2, 2, 2, 4, 8, 9]
