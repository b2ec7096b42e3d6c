"""What is replaced while a step is recorded, and that all of it is put back, whatever happened."""

from __future__ import annotations

import builtins
import math
import sys
from math import sqrt
from typing import TYPE_CHECKING, Any

import pytest

from optreview.evidence.dynamic.rule.program.literals import functions, yielding
from optreview.evidence.dynamic.rule.program.scalars import Symbolic
from optreview.evidence.dynamic.rule.program.shadows import replacements, shadowed
from tests.dynamic.rule.program.stages import recorded

if TYPE_CHECKING:
    import torch

HERE = sys.modules[__name__]


def half(x: Any) -> Any:
    return 0.5 * x


def state() -> list[object]:
    names = {name: vars(HERE).get(name) for name in ("max", "min", "float", "int", "range", "sqrt")}
    return [names, dict(vars(math)), half.__code__]


def test_everything_is_put_back_after_an_exception() -> None:
    before = state()
    original = half.__code__

    def fail() -> None:
        with shadowed(replacements([HERE])), yielding(functions([HERE])):
            assert math.sqrt is not before[1]["sqrt"]  # type: ignore[index]
            assert vars(HERE)["float"] is not builtins.float
            assert vars(HERE)["sqrt"] is not before[0]["sqrt"]  # type: ignore[index]
            assert half.__code__ is not original
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert state() == before
    assert half.__code__ is original
    assert math.sqrt is sqrt
    assert "float" not in vars(HERE)


def test_a_step_that_raises_leaves_nothing_behind() -> None:
    before = state()

    def act(p: torch.nn.Parameter) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        recorded(act)
    assert state() == before


def test_stand_ins_are_still_types() -> None:
    with shadowed(replacements([HERE])):
        stand_in = vars(HERE)["float"]
        assert isinstance(1.5, stand_in)
        assert not isinstance(1, stand_in)
        assert issubclass(builtins.float, stand_in)
        assert stand_in("2.5") == 2.5
        assert type(stand_in(3)) is builtins.float
        assert vars(HERE)["max"]([1, 5, 3]) == 5
        assert vars(HERE)["max"]([], default=7) == 7
        assert list(vars(HERE)["range"](1, 7, 3)) == [1, 4]


def test_literals_are_only_different_inside() -> None:
    with yielding(functions([HERE])):
        assert any(isinstance(each, Symbolic) for each in half.__code__.co_consts)
        assert type(half(2.0)) is builtins.float
        assert half(3) == 1.5
    assert not any(isinstance(each, Symbolic) for each in half.__code__.co_consts)
