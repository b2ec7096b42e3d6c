"""State by families of shapes: what only one of them shows, and which of them a difference is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec import structs

from optreview.gate.check import _notes, confirmed
from optreview.gate.measuring import Measured
from optreview.records import Tolerance
from tests.gate.test_compare import NAME, baseline, known, only, run

if TYPE_CHECKING:
    from optreview.evidence.static import Candidate


def told(before: dict[str, Any], after: dict[str, Any], state: tuple[float, float] = (8.0, 8.0)) -> Any:
    runs = [run(figure, {"m": figure}) for figure in state]
    old, new = (structs.replace(e, families=f) for e, f in zip(runs, (before, after), strict=True))
    return only(baseline(Opt=known(old)), baseline(Opt=known(new)))


def test_what_is_lost_in_all_parameters_is_told_of_its_family() -> None:
    found = told(
        {"conv": {"m": 4.0}, "matrix": {"m": 8.0}}, {"conv": {"m": 4.0, "v": 4.0}, "matrix": {"m": 8.0}}
    )
    (change,) = found.changes
    assert (found.verdict, change.family, change.before, change.after) == ("worse", "conv", 4.0, 8.0)
    assert [(part.key, part.before, part.after) for part in change.parts] == [("v", 0.0, 4.0)]
    assert confirmed(found, found).verdict == "worse"
    assert confirmed(structs.replace(found, changes=()), found).verdict == "same"


def test_a_difference_in_all_names_the_families_it_is_in() -> None:
    small, large = {"conv": {"m": 8.0}, "matrix": {"m": 8.0}}, {"conv": {"m": 8.0}, "matrix": {"m": 12.0}}
    (change,) = told(small, large, (8.0, 12.0)).changes
    assert (change.family, change.only) == (None, ("matrix",))
    (change,) = told(small, {"conv": {"m": 12.0}, "matrix": {"m": 12.0}}, (8.0, 12.0)).changes
    assert (change.family, change.only) == (None, ())


def test_a_family_that_goes_the_other_way_is_told_besides() -> None:
    before, after = {"conv": {"m": 4.0}, "matrix": {"m": 8.0}}, {"conv": {"m": 8.0}, "matrix": {"m": 4.0}}
    found = told(before, after, (8.0, 4.0))
    assert [(each.family, each.verdict) for each in found.changes] == [(None, "better"), ("conv", "worse")]
    assert found.verdict == "worse"


def test_little_numbers_on_small_tensors_are_no_change() -> None:
    least = Tolerance().family
    assert told({"vector": {}}, {"vector": {"m": least}}).verdict == "same"
    assert told({"vector": {}}, {"vector": {"m": 0.5}}).verdict == "worse"  # four bits for each


def test_a_baseline_without_families_is_not_compared_by_them() -> None:
    assert told({}, {"conv": {"m": 40.0}}).changes == ()


def test_a_baseline_of_the_format_before_is_said_to_lack_them() -> None:
    older = structs.replace(baseline(Opt=known(), Other=known()), format=1)
    now = Measured(NAME, cast("Candidate", None))
    (said,) = _notes(older, [now])
    assert "of format 1 and has no figures by families of shapes" in said
    assert "'optreview baseline update' adds them" in said
    divided = known(structs.replace(run(), families={"matrix": {}}))
    assert list(_notes(baseline(Opt=divided), [now])) == []
    assert list(_notes(baseline(), [now])) == []
