"""Which comments explain: not those for tools, and not code that was switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.static.facts_samples import sample

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("comment", "explains"),
    [
        ("# the mean moves towards the gradient", True),
        ("# m = beta * m + (1 - beta) * sqrt(g)", True),
        ("# m.lerp(g^2, 1 - beta)", True),
        ("# eps", True),
        ("# Note: p.grad", True),
        ("# fmt: skip", False),
        ("#self.first = 1", False),
        ("#state['m'] = m", False),
        ("#if self.first == 0:", False),
        ("#loss = closure()", False),
        ("#print('here')", False),
    ],
)
def test_comments_that_explain(tmp_path: Path, comment: str, explains: bool) -> None:
    found = sample(tmp_path, f"{comment}\nm.lerp_(grad, 1 - beta)\np.add_(m, alpha=-lr)")
    (share,) = [each for each in found.measurements if each.id == "step_comments"]
    assert share.note.startswith("1 of" if explains else "0 of")


def test_what_follows_code_on_its_line_is_no_code(tmp_path: Path) -> None:
    found = sample(tmp_path, "m.lerp_(grad, 1 - beta)  # m.add_(grad)")
    (share,) = [each for each in found.measurements if each.id == "step_comments"]
    assert share.note.startswith("1 of")
