"""The baseline file: the same figures give the same bytes, and a broken one is told in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies
from msgspec import structs

from optreview.errors import InputError, MeasurementError
from optreview.gate import baseline as file
from optreview.records import BASELINE_FORMAT, Baseline
from optreview.records.baseline import OLDEST_FORMAT
from tests.gate.test_compare import baseline, known, run

if TYPE_CHECKING:
    from pathlib import Path

ODD = 'a "b"\\c\x7f\x00\n[d] = 1 # é'
TEXT = strategies.text(strategies.characters(exclude_categories=["Cs"]), min_size=1)


def made() -> Baseline:
    divided = structs.replace(run(), families={"conv": {}, "matrix": {"m": 8.0, "v": 0.5}})
    conduct = {"optreview": "1", "probes": {"norms": "pass"}, "lint": {"host_sync": ("x.item()", "y.item()")}}
    whole = known(divided, packages={"numpy": "2.1"}, allocations=("x = y * 2",), **conduct)
    return baseline(B=whole, A=known(growth=None))


def older() -> Baseline:
    """What format 1 has: no families of shapes, no conduct."""
    return structs.replace(baseline(B=known(), A=known(growth=None)), format=1)


def test_what_is_written_is_read() -> None:
    assert file.parse(file.render(made()), "b.toml") == made()


def test_what_was_not_asked_for_is_not_in_the_file() -> None:
    text = file.render(baseline(A=known(), B=known(lint={}, probes={}, optreview="1")))
    alone, asked = text.split('[optimizers."pack.age:B"]')
    assert "probes" not in alone
    assert "lint" not in alone
    assert "optreview = " not in alone
    assert "lint = {}" in asked
    assert file.parse(text, "b.toml").optimizers["pack.age:B"].probes == {}


def test_the_format_before_is_read_as_it_is() -> None:
    text = file.render(older())
    assert "families = {}\n" in text
    text = text.replace("families = {}\n", "")  # which is how it was written then
    assert "format = 1\n" in text
    assert file.parse(text, "b.toml") == older()


@given(TEXT, TEXT)
def test_any_name_survives(name: str, line: str) -> None:
    odd = known(run(4.0, {name: 4.0}), allocations=(line,), packages={name: line})
    held = structs.replace(baseline(), optimizers={name: odd})
    assert file.parse(file.render(held), "b.toml") == held


def test_hostile_text_stays_inside_its_quotes() -> None:
    held = structs.replace(baseline(), optimizers={ODD: known(allocations=(ODD,))})
    assert file.parse(file.render(held), "b.toml") == held
    assert ODD not in file.render(held)


def test_the_order_of_what_is_given_does_not_matter() -> None:
    turned = structs.replace(made(), optimizers=dict(reversed(made().optimizers.items())))
    assert file.render(turned) == file.render(made())
    text = file.render(made())
    assert text.index("pack.age:A") < text.index("pack.age:B")


def test_the_same_figures_leave_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    file.save(path, made())
    before = (path.stat().st_ino, path.read_bytes())
    file.save(path, made())
    assert (path.stat().st_ino, path.read_bytes()) == before
    assert [each.name for each in tmp_path.iterdir()] == ["b.toml"]


def test_without_a_file_the_command_that_makes_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="'optreview baseline update my_package' makes it"):
        file.load(tmp_path / "b.toml", "my_package")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('device = "cpu"', '<<<<<<< HEAD\ndevice = "cpu"', "conflict markers"),
        (f"format = {BASELINE_FORMAT}", f"format = {BASELINE_FORMAT + 1}", "of a newer optreview"),
        (f"format = {BASELINE_FORMAT}", f"format = {OLDEST_FORMAT - 1}", "of an older optreview.*Delete it"),
        (f"format = {BASELINE_FORMAT}", "format = ", "is damaged"),
        (f"format = {BASELINE_FORMAT}", 'format = "1"', "is damaged"),
        ("families.matrix", "families.tensor", "is damaged.*tensor"),
        ('norms = "pass"', "norms = 1", "is damaged"),
        ("lint.host_sync = [", "lint.host_sync = {", "is damaged"),
        ('device = "cpu"', 'device = "cpu"\nextra = 1', "is damaged.*extra"),
        ("state = 8.0", "state = -8.0", "is damaged"),
        ("state = 8.0", "state = nan", "is damaged"),
        ("state = 8.0", "state = inf", "is damaged"),
        ('growth = "constant"', 'growth = "huge"', "is damaged"),
        ("# end of the baseline", "", "is cut off"),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, before: str, after: str, sentence: str) -> None:
    text = file.render(made())
    assert before in text
    path = tmp_path / "b.toml"
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        file.load(path)


def test_a_file_cut_off_anywhere_is_refused() -> None:
    text = file.render(made())
    for end in range(len(text.rstrip())):
        with pytest.raises(InputError):
            file.parse(text[:end], "b.toml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="cannot be read"):
        file.load(path)
