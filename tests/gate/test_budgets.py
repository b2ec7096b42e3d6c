"""Budgets: read strictly, beyond the tolerance only, and about something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from optreview.cli import configuration
from optreview.errors import InputError
from optreview.gate.budgets import Amount, Budget, Exemption, breaches, check_use, matches
from optreview.records import Tolerance
from tests.gate.test_compare import known, run

if TYPE_CHECKING:
    from pathlib import Path

NAME = "pack.age:Opt"
ADAMW = {"float32 default": run(8.0), "bfloat16 default": run(4.0)}


def over(state: float, limit: str, **others: Any) -> list[tuple[str, float]]:
    budget = Budget("Opt", {"state": Amount.of(limit)}, **others)
    runs = {each: run(state) for each in ("float32 default", "bfloat16 default", "float32 foreach")}
    found = breaches(NAME, known(runs=runs), ADAMW, [budget], Tolerance())
    return [(breach.run, breach.limit) for breach in found]


def test_times_adamw_is_that_of_the_same_dtype() -> None:
    assert over(8.0, "1.0x AdamW") == [("bfloat16 default", 4.0)]
    assert over(8.0, "2x AdamW") == []


def test_bytes_per_parameter_and_one_dtype_alone() -> None:
    assert over(8.0, "4 B per parameter", dtype="float32") == [("float32 default", 4.0)]
    assert over(8.0, "8 B per parameter") == []


def test_a_size_is_that_at_seven_billion_parameters() -> None:
    assert over(8.0, "53 GiB") == []
    assert [name for name, _ in over(8.0, "50 GiB")] == ["bfloat16 default", "float32 default"]


def test_a_scalar_more_is_within_the_tolerance() -> None:
    assert over(8.01, "8 B per parameter") == []


def test_another_optimizer_is_not_meant() -> None:
    budget = Budget("Other", {"state": Amount.of("0 B per parameter")})
    assert breaches(NAME, known(), ADAMW, [budget], Tolerance()) == ()


@pytest.mark.parametrize("text", ["", "8", "1.0x", "1.0x Adam", "-1 B per parameter", "8 MB", "x AdamW"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"is no budget; write '1\.0x AdamW'"):
        Amount.of(text)


def test_a_pattern_is_about_the_class_or_about_the_whole_name() -> None:
    assert matches("Opt", NAME)
    assert matches("O*", NAME)
    assert matches("pack.*:*", NAME)
    assert not matches("pack.*", NAME)
    assert not matches("opt", NAME)


def test_what_is_about_nothing_is_refused() -> None:
    check_use([Budget("O*", {})], [Exemption("Opt", "why")], [NAME])
    with pytest.raises(InputError, match="budgets has an entry for 'P\\*', which matches no optimizer"):
        check_use([Budget("P*", {})], [], [NAME])
    with pytest.raises(InputError, match="exempt has an entry for 'Opx', which matches no optimizer"):
        check_use([], [Exemption("Opx", "why")], [NAME])


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ('[[tool.optreview.budgets]]\nstate = "8 B per parameter"\n', "budgets must be tables.*optimizer"),
        (
            '[[tool.optreview.budgets]]\noptimizer = "A"\n',
            "'A' cannot be used. It sets none of state, hidden",
        ),
        ('[[tool.optreview.budgets]]\noptimizer = "A"\nsteady = "8 B"\n', "budgets must be tables.*steady"),
        ('[[tool.optreview.budgets]]\noptimizer = "A"\nstate = "8 MB"\n', "'8 MB' is no budget"),
        ('[[tool.optreview.budgets]]\noptimizer = "A"\nstate = 8\n', "budgets must be tables"),
        ('[[tool.optreview.exempt]]\noptimizer = "A"\n', "exempt must be tables.*reason"),
        ("[tool.optreview]\ntolerance = {relative = 1.5}\n", "tolerance must be a table"),
        ("[tool.optreview]\ntolerance = {absolute = 1}\n", "tolerance must be a table.*absolute"),
        ('[tool.optreview]\nbaseline = " "\n', "baseline must be a file"),
    ],
)
def test_the_section_is_read_strictly(tmp_path: Path, section: str, sentence: str) -> None:
    (tmp_path / "pyproject.toml").write_text(section, encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        configuration.load(tmp_path)


def test_a_whole_section_is_understood(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.optreview]\nbaseline = "ci/b.toml"\ntolerance = {relative = 0.05}\n'
        '[[tool.optreview.budgets]]\noptimizer = "A"\ndtype = "float32"\nstate = "1.0x AdamW"\n'
        '[[tool.optreview.exempt]]\noptimizer = "B"\nreason = "a wrapper"\n',
        encoding="utf-8",
    )
    found = configuration.load(tmp_path)
    assert found.defaults("check") == {"baseline": tmp_path / "ci/b.toml"} == found.defaults("baseline")
    assert found.tolerance == Tolerance(relative=0.05)
    assert found.budgets == (Budget("A", {"state": Amount("1.0x AdamW", 1.0, "AdamW")}, "float32"),)
    assert found.exempt == (Exemption("B", "a wrapper"),)
