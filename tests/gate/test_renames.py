"""A class that only has another name is found by its lines; one that has nothing of it is another class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview import targets
from optreview.gate.renames import candidates, found
from tests.gate.test_gate import TEMPLATE

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.evidence.static import Candidate

OTHER = """\
import torch


class Fresh(torch.optim.Optimizer):
    def __init__(self, params, rate=1.0):
        super().__init__(params, {"rate": rate})

    def step(self, closure=None):
        raise NotImplementedError("later")
"""


def package(folder: Path, **files: str) -> dict[str, Candidate]:
    (folder / "pack").mkdir(parents=True)
    (folder / "pack" / "__init__.py").write_text("", encoding="utf-8")
    for name, text in files.items():
        (folder / "pack" / f"{name}.py").write_text(text, encoding="utf-8")
    return candidates(targets.resolve(str(folder / "pack")))


def toy(name: str, body: str = "update = m") -> str:
    return TEMPLATE.format(name=name, body=body)


def test_another_name_and_another_module(tmp_path: Path) -> None:
    before = package(tmp_path / "a", one=toy("One"), two=toy("Two"))
    after = package(tmp_path / "b", other=toy("Other", "update = m * 2"), two=toy("Two"))
    assert found(before, after) == {"pack.one:One": "pack.other:Other"}


def test_what_is_new_is_not_what_is_gone(tmp_path: Path) -> None:
    before, after = package(tmp_path / "a", one=toy("One")), package(tmp_path / "b", fresh=OTHER)
    assert found(before, after) == {}


def test_of_two_alike_the_one_with_the_name_is_taken(tmp_path: Path) -> None:
    before = package(tmp_path / "a", gone=toy("Gone"), lion=toy("Lion"))
    after = package(tmp_path / "b", lions=toy("Lions"))
    assert found(before, after) == {"pack.lion:Lion": "pack.lions:Lions"}
