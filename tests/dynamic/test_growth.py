"""How state develops: every verdict with a case that it must be given to, and cases that look like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dynamic.conftest import SPECIMENS, evidence_of, installed, lone

if TYPE_CHECKING:
    from optreview.evidence.dynamic.client import Runner
    from optreview.records import Growth

GROWING = SPECIMENS / "growing.py"
#: Bytes of the small workload's parameters: 4·3·3·3 + 4 + 16·40 + 40 + 40·24, in float32.
SMALL = 4 * (108 + 4 + 640 + 40 + 960)


def look(runner: Runner, name: str) -> Growth:
    growth = evidence_of(runner, lone(GROWING, name), probes=()).growth
    assert growth is not None
    return growth


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Preconditioner", ("constant", 1, 4 * (16 + 16 + 1600 + 1600 + 576))),
        ("Counter", ("constant", 1, 0)),
        ("BoundedFloats", ("constant", 1, 0)),
        ("FullFloats", ("constant", 1, 0)),
        ("Second", ("lazy", 2, 2 * SMALL)),
        ("Fortieth", ("lazy", 40, 40)),
        ("Twice", ("lazy", 30, 80)),
        ("Falls", ("bounded", 2, 40)),
        ("Deque", ("bounded", 20, 800)),
        ("ModuleHistory", ("bounded", 120, 4800)),
        ("LongHistory", ("bounded", 350, 14_000)),
    ],
)
def test_what_settles(runner: Runner, name: str, expected: tuple[str, int, int]) -> None:
    growth = look(runner, name)
    assert (growth.verdict, growth.settled_at, growth.state_bytes) == expected
    assert growth.most_bytes == (80 if name == "Falls" else growth.state_bytes)
    assert growth.holders == ()
    assert growth.parameter_bytes == SMALL


@pytest.mark.parametrize(("name", "period"), [("Comes", 4), ("ComesRarely", 19)])
def test_what_comes_and_goes(runner: Runner, name: str, period: int) -> None:
    growth = look(runner, name)
    assert (growth.verdict, growth.period, growth.most_bytes) == ("periodic", period, 40)


def test_what_comes_by_no_rule_is_bounded(runner: Runner) -> None:
    growth = look(runner, "Irregular")
    assert (growth.verdict, growth.period, growth.most_bytes) == ("bounded", None, 40)


@pytest.mark.parametrize(
    ("name", "verdict", "holder"),
    [
        ("SlowLeak", "growing", "hidden:log"),
        ("Longer", "growing", "hidden:losses"),
        ("Resized", "growing", "hidden:memory"),
        ("Average", "graph_retained", "average"),
        ("OnlyLast", "graph_retained", "last"),
        ("Floats", "python_growth", "losses"),
        ("ByStep", "python_growth", "rates"),
        ("GlobalList", "python_growth", "module growing: LOG"),
        ("Appended", "python_growth", "array"),
        ("CachedByStep", "python_growth", "lru_cache of decay()"),
        ("Chain", "python_growth", "last.before"),
    ],
)
def test_what_grows_is_named(runner: Runner, name: str, verdict: str, holder: str) -> None:
    growth = look(runner, name)
    assert (growth.verdict, growth.holders) == (verdict, (holder,))


def test_tensors_of_a_growing_graph_do_not_settle(runner: Runner) -> None:
    assert look(runner, "Average").settled_at is None
    assert look(runner, "OnlyLast").settled_at == 1


@pytest.mark.parametrize(
    ("module", "name", "verdict", "settled"),
    [
        ("torch.optim.adamw", "AdamW", "constant", 1),
        # A hundred directions, twenty of them in a step, the first of which has none before it.
        ("torch.optim.lbfgs", "LBFGS", "bounded", 6),
    ],
)
def test_real_optimizers_do_not_grow(
    runner: Runner, module: str, name: str, verdict: str, settled: int
) -> None:
    growth = evidence_of(runner, installed(module, name)).growth
    assert growth is not None
    assert (growth.verdict, growth.settled_at, growth.holders) == (verdict, settled, ())
