"""What a docstring says: a sentence is quoted whole, and no text of its layout is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.evidence.static import discover, read
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path

LONG = "Distributed variant that can be used for all parameters, since it runs an"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Steps twice.\n\n    More.", "Steps twice."),
        (f"{LONG}\n    inner one for vectors. More.", f"{LONG} inner one for vectors."),
        ("Plain steps\n    As the name says, it steps.", "Plain steps"),
        (f"{LONG}\n\n    inner one.", LONG),
        ("Args:\n        params: what to step on.", None),
    ],
)
def test_a_summary_is_a_line_or_the_sentence_that_it_begins(
    text: str, summary: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "plain.py"
    file.write_text(
        f'import torch\n\nclass Plain(torch.optim.Optimizer):\n    """{text}\n    """\n\n'
        "    def step(self, closure=None):\n        return None\n"
    )
    (found,) = discover(resolve(str(file))).found
    assert read(found).summary == summary
