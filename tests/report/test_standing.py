"""A score's place among the calibrated classes is rounded once, though its record has rounded it already."""

import pytest

from optreview.records import Score
from optreview.report.view import standing


def score(below: float | None, among: int) -> Score:
    return Score(dimension="memory", value=8.5, coverage=1.0, heuristic=False, below=below, among=among)


@pytest.mark.parametrize("among", [186, 203, 204, 215])
def test_every_share_of_whole_classes_reads_as_its_own_percentage(among: int) -> None:
    for fewer in range(1, among):
        share = max(1, min(99, round(100 * fewer / among)))
        found = score(round(fewer / among, 3), among)
        assert standing.cell(found) == f", above {share}% of {among}"
        assert standing.sentence(found, "Lighter than").startswith(f"Lighter than {share}% of the {among} ")


def test_none_and_all_are_said_and_no_place_is_no_text() -> None:
    assert standing.sentence(score(0.0, 204), "Lighter than").startswith("Lighter than none of the 204 ")
    assert standing.cell(score(1.0, 204)) == ", above 100% of 204"
    assert standing.cell(score(None, 0)) == standing.sentence(score(None, 0), "Lighter than") == ""
