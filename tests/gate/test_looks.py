"""What a file held in an earlier run is told again only while nothing that it imports has changed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from optreview import targets
from optreview.evidence import static
from optreview.gate.closure import Closures
from optreview.gate.looks import Looks
from optreview.store import Store

if TYPE_CHECKING:
    from optreview.records import Target

OPTIMIZER = """\
from {base} import {name}


class {of}({name}):
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.add_(p.grad, alpha=-group["lr"])
"""
FILES = {
    "__init__.py": "",
    "base.py": OPTIMIZER.format(base="torch.optim", name="Optimizer", of="Base"),
    "one.py": OPTIMIZER.format(base="pack.base", name="Base", of="One"),
    "two.py": OPTIMIZER.format(base="torch.optim", name="Optimizer", of="Two"),
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / "pack").mkdir(exist_ok=True)
        (tmp_path / "pack" / name).write_text(text, encoding="utf-8")
    return tmp_path / "pack"


def looks(package: Path) -> Looks:
    store = Store(package.parent / "cache")
    return Looks(store, Closures(store), ("program",))


def seen(package: Path, resolved: tuple[Target, ...]) -> set[str]:
    """The classes that a run finds with what is known; what it had to look at is kept."""
    kept = looks(package)
    known = kept.known(resolved) or {0: static.Looked()}  # a lone process notes only what is not known
    with static.reader(resolved, static.extent, static.Extent, jobs=1, known=known) as reader:
        found = reader.survey().found
    kept.keep(resolved, reader.seen)
    return {each.target.class_name or "" for each in found}


def stems(package: Path, resolved: tuple[Target, ...]) -> list[str]:
    names = [Path(resolved[number].path).name for number in looks(package).known(resolved)]
    return [name for name in names if name != "__init__.py"]


def test_a_changed_base_is_looked_behind_again(package: Path) -> None:
    resolved = targets.resolve(str(package))
    assert seen(package, resolved) == {"Base", "One", "Two"}
    assert stems(package, resolved) == ["base.py", "one.py", "two.py"]
    assert seen(package, resolved) == {"Base", "One", "Two"}
    (package / "base.py").write_text("class Base: ...\n", encoding="utf-8")
    assert stems(package, resolved) == ["two.py"]
    assert seen(package, resolved) == {"Two"}


def test_another_checkout_is_told_its_own_files(package: Path) -> None:
    resolved = targets.resolve(str(package))
    seen(package, resolved)
    known = looks(package).known(resolved)
    other = shutil.copytree(package, package.parent / "other" / "pack")
    moved = Looks(Store(package.parent / "cache"), Closures(), ("program",)).known(
        targets.resolve(str(other))
    )
    assert known.keys() == moved.keys() != set()
    for number, looked in moved.items():
        assert [each.location for each in looked.found] == [each.location for each in known[number].found]
        assert all(Path(each.target.path).is_relative_to(other) for each in looked.found)


def test_faults_and_named_classes_are_looked_at_anew(package: Path) -> None:
    (package / "two.py").write_text("class Two(\n", encoding="utf-8")
    resolved = (*targets.resolve(str(package)), *targets.resolve(f"{package / 'one.py'}:One"))
    seen(package, resolved)
    assert stems(package, resolved) == ["base.py", "one.py"]


def test_workers_look_only_at_what_is_not_known(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static.workers.readers, "_SHARE", 100)
    monkeypatch.setattr(static.workers.readers, "_can_fork", lambda: True)  # idle threads of other tests
    resolved = targets.resolve(str(package))
    with static.reader(resolved, static.extent, static.Extent, jobs=2) as reader:
        whole = reader.discover()
    kept = {number: looked for number, looked in reader.seen.items() if number % 2}
    with static.reader(resolved, static.extent, static.Extent, jobs=2, known=kept, ahead=False) as again:
        assert again.discover().found == whole.found
        assert all(again.read(each).files for each in whole.found)
    assert sorted([*again.seen, *kept]) == [0, 1, 2, 3]
