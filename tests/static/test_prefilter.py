"""A file is passed over only when none of its classes can be an optimizer."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytorch_optimizer
import torch_optimizer

from optreview.evidence import static
from optreview.evidence.static.source.prefilter import may_define_an_optimizer
from optreview.targets import resolve

HEAD = "import abc, enum, torch, torch.nn as nn, typing as t\nfrom torch.nn import Module\nfrom x import X\n"


@pytest.mark.parametrize(
    "source",
    [
        "class A: pass",
        "class A(object): pass",
        "class A(ValueError): pass",
        "class A(nn.Module): pass",
        "class A(Module, abc.ABC): pass",
        "class A(torch.utils.data.Dataset[int]): pass",
        "class A(enum.Enum): pass\nclass B(A): pass",
        "class A(B): pass\nclass B(A): pass",
        "if t.TYPE_CHECKING:\n    class A(t.Protocol[int]): pass",
        "def f():\n    class A(torch.optim.Optimizer): pass",
    ],
)
def test_classes_that_are_no_optimizers(source: str) -> None:
    assert not may_define_an_optimizer(f"{HEAD}{source}\n".encode())


@pytest.mark.parametrize(
    "source",
    [
        "class A(torch.optim.Optimizer): pass",
        "from torch.optim import Optimizer as O\nclass A(O): pass",
        "from torch.distributed.optim import ZeroRedundancyOptimizer as Z\nclass A(Z): pass",
        "class A(X): pass",
        "class A(nn.Module): pass\nclass B(X, A): pass\nclass C(B): pass",
        "class A(x.y.Z): pass",
        "from .base import Base\nclass A(Base[int]): pass",
        "from y import *\nclass A(Base): pass",
        "Base = torch.optim.Optimizer\nclass A(Base): pass",
        "class A(make()): pass",
        "class A(*bases): pass",
        "try:\n    from z import B\nexcept ImportError:\n    B = object\nelse:\n    class A(B): pass",
        "try:\n    pass\nexcept ImportError:\n    class A(X): pass",
        "class A(torch.optim.Optimizer:",
    ],
)
def test_classes_that_may_be_optimizers(source: str) -> None:
    assert may_define_an_optimizer(f"{HEAD}{source}\n".encode())


def test_an_escape_that_python_warns_of_is_no_obstacle() -> None:
    assert not may_define_an_optimizer(HEAD.encode() + b"x = '\\d'\nclass A(nn.Module): pass\n")


def test_a_long_chain_of_branches_is_left_to_the_reading() -> None:
    chain = "if t:\n    pass\n" + "elif t:\n    pass\n" * 2_000
    assert may_define_an_optimizer(f"{HEAD}{chain}class A(X): pass\n".encode())


@pytest.mark.parametrize("package", [pytorch_optimizer, torch_optimizer])
def test_nothing_is_lost_in_real_packages(package: object) -> None:
    folder = Path(str(package.__file__)).parent  # type: ignore[attr-defined]
    targets = resolve(str(folder))
    surveyed = [each.target for each in static.survey(targets).found]
    assert surveyed == [each.target for each in static.discover(targets).found]
    assert len(surveyed) > 20
