"""Every rule against its own examples, and the catalogue's completeness both ways."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, get_args

import pytest
import torch

from optreview import plugins
from optreview.evidence.static import reading
from optreview.evidence.static.rule import CommentRule, Rule
from optreview.evidence.static.rules import catalogue, everything
from optreview.evidence.static.source.classes import Lineage
from optreview.evidence.static.source.index import Index
from optreview.evidence.static.source.modules import ClassRef
from optreview.records import Effort, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.evidence.static.rule import Described, Flawed
    from optreview.records import Finding

RULES = everything()
FLAWED = [(rule, example) for rule in RULES for example in rule.flawed]
CLEAN = [(rule, example) for rule in RULES for example in rule.clean]


def hit_lines(rule: Described, source: str, folder: Path) -> list[int]:
    return [finding.location.line for finding in findings(rule, source, folder)]


def findings(rule: Described, source: str, folder: Path) -> tuple[Finding, ...]:
    (folder / "sample.py").write_text(source, encoding="utf-8")
    index = Index(str(folder), (), "sample", lone=True)
    module = index.load("sample")
    assert module is not None
    optimizer = list(module.classes)[-1]
    found = reading.read(index, Lineage(index, ClassRef(module, module.classes[optimizer])))
    if isinstance(rule, Rule):
        return rule.findings(found)
    assert isinstance(rule, CommentRule)
    ran = frozenset(each.id for each in catalogue())
    use = module.suppressions.weigh(
        [finding for each in catalogue() for finding in each.findings(found)],
        frozenset(each.id for each in everything()),
        lambda owner: ran if owner == optimizer else frozenset(),
    )
    return rule.findings(use)


@pytest.mark.parametrize(("rule", "example"), FLAWED, ids=[rule.id for rule, _ in FLAWED])
def test_a_flawed_example_is_hit_on_exactly_its_lines(
    rule: Described, example: Flawed, tmp_path: Path
) -> None:
    assert tuple(hit_lines(rule, example.source, tmp_path)) == example.lines


@pytest.mark.parametrize(("rule", "source"), CLEAN, ids=[rule.id for rule, _ in CLEAN])
def test_a_clean_example_is_left_alone(rule: Described, source: str, tmp_path: Path) -> None:
    assert hit_lines(rule, source, tmp_path) == []


def test_every_file_is_a_rule_and_every_rule_is_complete() -> None:
    assert tuple(rule.id for rule in RULES) == plugins.ids("optreview.evidence.static.rules")
    for rule in RULES:
        assert rule.documentation.count("\n\n") >= 1, f"{rule.id} says nothing beyond its title"
        assert rule.remedy.endswith("."), f"{rule.id} says no remedy in a sentence"
        assert rule.severity in get_args(Severity)
        assert rule.effort in get_args(Effort)
        assert rule.flawed, f"{rule.id} shows no flawed example"
        assert rule.clean, f"{rule.id} shows no clean example"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("p.data.add_(p.grad)", "around autograd by `.data`."),
        ("p.data = p.data - p.grad", "around autograd by `.data`."),
        ("p.detach().add_(p.grad)", "around autograd by `detach`."),
        ("p.add_(p.grad)", "where autograd refuses to write into a parameter, or records that."),
        ("p.data = p.data - p.grad; p.mul_(2)", "where autograd refuses"),
    ],
)
def test_what_goes_around_autograd_is_not_said_to_be_recorded(line: str, told: str, tmp_path: Path) -> None:
    source = (
        "import torch\n\nclass Toy(torch.optim.Optimizer):\n    def step(self, closure=None):\n"
        "        for group in self.param_groups:\n"
        f"            for p in group['params']:\n                {line}\n"
    )
    (rule,) = (each for each in RULES if each.id == "missing_no_grad")
    (found,) = findings(rule, source, tmp_path)
    assert told in found.message
    names: dict[str, Any] = {}
    exec(source, names)
    weights = torch.nn.Parameter(torch.ones(2))
    weights.grad = torch.ones(2)
    refused = pytest.raises(RuntimeError, match="leaf") if "refuses" in told else nullcontext()
    with refused:
        names["Toy"]([weights], {}).step()
    assert weights.grad_fn is None
