"""Runs in further dtypes: bytes by closed forms, the dtype of the state, what refuses, what overflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview.report.view import precision
from optreview.report.view.precision import FOLLOWS, NONE
from tests.dynamic.conftest import SPECIMENS, evidence_of, installed, lone

if TYPE_CHECKING:
    from optreview.evidence.dynamic.client import Runner
    from optreview.report.view.precision import DtypeRow

#: 4·3·3·3 + 4 + 136·16 + 136 + 2·136 + 132·136, the norm being 2·136 of them.
PARAMETERS, TENSORS, NORM = 20_648, 7, 272
BYTES = {
    "float16": 2 * PARAMETERS,
    "float64": 8 * PARAMETERS,
    "mixed": 2 * PARAMETERS + 2 * NORM,
}
TITLES = ("float32", "bfloat16", "float16", "float64", "bfloat16, norms float32")


def rows(runner: Runner, name: str, file: str = "planted.py") -> dict[str, DtypeRow]:
    view = precision.build(evidence_of(runner, lone(SPECIMENS / file, name)))
    assert view is not None
    assert view.parameters == PARAMETERS
    return {row.dtype: row for row in view.rows}


def test_adamw_follows_every_dtype(runner: Runner) -> None:
    """Two buffers in the parameter's dtype, and a float32 counter for each tensor."""
    evidence = evidence_of(runner, installed("torch.optim.adamw", "AdamW"), amsgrad="True")
    runs = {each.dtype: each.run for each in evidence.dtypes}
    for dtype, run in runs.items():
        assert run is not None
        assert run.parameter_bytes == BYTES[dtype]
        assert run.state_bytes == 2 * BYTES[dtype] + 4 * TENSORS
        reference = next(r for r in evidence.dtype_references if r.dtype == dtype)
        assert (reference.state_bytes, reference.trajectory) == (run.state_bytes, run.trajectory)
    view = precision.build(evidence)
    assert view is not None
    assert [row.dtype for row in view.rows] == list(TITLES)
    assert {row.kept for row in view.rows} == {FOLLOWS}


@pytest.mark.parametrize(
    ("name", "file", "kept"),
    [
        ("Stateless", "planted.py", NONE),
        ("Expanded", "planted.py", "float32"),
        ("OnSelf", "planted.py", FOLLOWS),
        ("InFloat32", "optional.py", "float32"),
        ("InTwo", "optional.py", f"{FOLLOWS}: momentum; float32: master"),
    ],
)
def test_the_dtype_of_the_state(runner: Runner, name: str, file: str, kept: str) -> None:
    found = rows(runner, name, file)
    expected = {title: FOLLOWS if title == "float32" and kept != NONE else kept for title in TITLES}
    assert {title: row.kept for title, row in found.items()} == expected


def test_what_refuses_says_so_for_each_dtype(runner: Runner) -> None:
    found = rows(runner, "NoRate")
    messages = {title: row.failure.message for title, row in found.items() if row.failure}
    assert set(messages) == {title for title in TITLES if title.startswith("bfloat16")}
    assert all("only full precision" in message for message in messages.values())
    assert messages[TITLES[-1]].startswith("Running in bfloat16 with float32 norms")


def test_what_overflows_is_not_finite(runner: Runner) -> None:
    found = rows(runner, "Overflows", "optional.py")
    assert {title: row.finite for title, row in found.items()} == {
        title: title != "float16" for title in TITLES
    }
