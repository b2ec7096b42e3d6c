"""The order of a class's ancestors is Python's own."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from optreview.evidence.static import discover, read
from optreview.evidence.static.source.classes import Lineage
from optreview.evidence.static.source.index import Index
from optreview.evidence.static.source.library import Library
from optreview.evidence.static.source.modules import ClassRef
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "import torch\nclass C0(torch.optim.Optimizer):\n    def step(self): pass\n"


def hierarchy(seed: int) -> str:
    """Eight classes, each with up to three bases among those before it."""
    choose = random.Random(seed)
    classes = [(1, "object")]
    for number in range(2, 9):
        known = [f"C{earlier}" for earlier in range(1, number)]
        bases = choose.sample(known, min(len(known), choose.randint(1, 3)))
        if choose.random() < 0.9:  # an order that Python mostly takes
            bases.sort(reverse=True)
        classes.append((number, ", ".join(bases)))
    return "".join(f"class C{number}({bases}): pass\n" for number, bases in classes)


def python_order(source: str) -> dict[str, list[str]] | None:
    """The method resolution orders, or None where Python refuses a class."""
    made: dict[str, Any] = {}
    try:
        exec(source, made)
    except TypeError:
        return None
    return {name: [each.__name__ for each in made[name].__mro__] for name in made if name[0] == "C"}


def test_it_is_the_order_that_python_finds(tmp_path: Path) -> None:
    compared = 0
    for seed in range(150):
        source = hierarchy(seed)
        expected = python_order(source)
        if expected is None:
            continue
        path = tmp_path / f"some{seed}.py"
        path.write_text(source)
        (target,) = resolve(str(path))
        index = Index.of(target, Library())
        module = index.open(target.module, path)
        for name, order in expected.items():
            lineage = Lineage(index, ClassRef(module, module.classes[name]))
            found = [each.name if isinstance(each, ClassRef) else each.tail for each in lineage.order]
            assert found == order, source
            compared += len(order) > 4
    assert compared > 100


@pytest.mark.parametrize("length", [25, 400])
def test_a_long_chain_is_followed_to_its_end(length: int, tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_text(ROOT + "".join(f"class C{n}(C{n - 1}): pass\n" for n in range(1, length)))
    began = time.process_time()
    found = discover(resolve(str(path))).found
    assert len(found) == length
    evidence = read(found[-1])
    assert time.process_time() - began < 15
    assert evidence.limits == ()
    assert [base.name for base in evidence.bases] == [f"C{n}" for n in range(length - 2, -1, -1)] + [
        "Optimizer"
    ]


def test_a_ladder_of_shared_bases_takes_no_longer(tmp_path: Path) -> None:
    rung = "class A{0}(A{1}, B{1}): pass\nclass B{0}(A{1}, B{1}): pass\n"
    path = tmp_path / "odd.py"
    path.write_text(
        ROOT.replace("C0", "A0")
        + "class B0(torch.optim.Optimizer): pass\n"
        + "".join(rung.format(n, n - 1) for n in range(1, 60))
    )
    began = time.process_time()
    assert len(discover(resolve(str(path))).found) == 119
    assert time.process_time() - began < 5


def test_a_circle_ends_and_is_told(tmp_path: Path) -> None:
    names = [f"C{n}" for n in range(30)]
    path = tmp_path / "odd.py"
    path.write_text(
        "import torch\n"
        + "".join(
            f"class {name}({', '.join(other for other in names if other != name)}, torch.optim.Optimizer):\n"
            "    def step(self): pass\n"
            for name in names
        )
    )
    began = time.process_time()
    found = discover(resolve(str(path))).found
    limits = read(found[0]).limits
    assert time.process_time() - began < 10
    said = "The bases of `C0`, `C1`, `C2` and 26 more lead back to themselves, which Python refuses."
    assert said in limits
