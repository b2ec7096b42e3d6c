"""Which calls of a list of tensors are a multi-tensor path, and which lines are named first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.static.facts_samples import sample, workings

if TYPE_CHECKING:
    from pathlib import Path

_RATES = "rates = torch._foreach_mul(lr, -wd)\ntorch._foreach_add_(rates, 1.0)"


def test_a_list_of_learning_rates_is_no_multi_tensor_path_and_no_tensor_of_full_size(tmp_path: Path) -> None:
    found = sample(tmp_path, f"{_RATES}\np.mul_(0.5)")
    (path,) = [each for each in found.measurements if each.id == "foreach_path"]
    assert path.value is False
    assert not workings(found).paths
    assert not workings(found).temporaries
    assert "no_foreach_path" in {each.rule for each in found.findings}


def test_the_lines_that_update_parameters_come_first_each_once(tmp_path: Path) -> None:
    body = f"{_RATES}\ntorch._foreach_mul_([m], 0.9); torch._foreach_neg_([m])\ntorch._foreach_add_([p], [m])"
    found = sample(tmp_path, body)
    (path,) = [each for each in found.measurements if each.id == "foreach_path"]
    lines = (tmp_path / "sample.py").read_text(encoding="utf-8").splitlines()
    named = [lines[place.line - 1].split("(")[0].strip() for place in path.locations]
    assert named == ["torch._foreach_add_", "torch._foreach_mul_"]
    assert workings(found).paths[0].locations == path.locations


def test_a_number_to_the_power_of_a_list_is_a_list_of_tensors(tmp_path: Path) -> None:
    found = sample(tmp_path, "decays = torch._foreach_pow(beta, [m])\ntorch._foreach_mul_([p], decays)")
    assert [site.expression for site in workings(found).temporaries] == ["torch._foreach_pow(beta, [m])"]
    assert len(workings(found).paths[0].locations) == 2
