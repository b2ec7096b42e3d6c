"""What a child says of the check of its simulations is checked: each false claim below must be noticed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from optreview.evidence.dynamic.verify_scale import contradiction
from optreview.evidence.dynamic.wire import Checked, Job
from optreview.records import ModelShapes, ModelTensor, SelfCheck, Target

MODEL = ModelShapes(name="m", title="M", tensors=(ModelTensor(name="p", shape=(2, 3), dtype="bfloat16"),))
TARGET = Target(spec="x", path="/x.py", root="/", module="x", package="x", lone=True, class_name="X")
JOB = Job(target=TARGET, models=(MODEL,))
CHECK = SelfCheck(
    parameter_bytes=9, steps=2, exact=True, state_residual=0, transient_residual=0, dtypes=("bfloat16",)
)


def wrong(*checks: SelfCheck) -> bool:
    return contradiction([Checked(check=each) for each in checks], JOB, "x:X") is not None


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"exact": False, "state_residual": -4},
        {"exact": False, "transient_spread": 4},
    ],
)
def test_what_holds_together_is_believed(changes: dict[str, Any]) -> None:
    assert not wrong(msgspec.structs.replace(CHECK, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"exact": False},
        {"state_residual": 4},
        {"state_spread": 4},
        {"exact": False, "transient_spread": -4},
        {"dtypes": ()},
        {"dtypes": ("float32",)},
    ],
)
def test_what_does_not_is_not(changes: dict[str, Any]) -> None:
    assert wrong(msgspec.structs.replace(CHECK, **changes))


def test_there_is_one_check() -> None:
    assert wrong(CHECK, CHECK)
