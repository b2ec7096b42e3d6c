"""Things are found by where they lie, in the order of their names."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from optreview import plugins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Shape:
    """The base that the test's modules derive from."""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "shapes_under_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def write(package: Path, name: str, source: str) -> None:
    (package / f"{name}.py").write_text(f"from {__name__} import Shape\n{source}\n")


def test_ids_are_sorted_file_names_and_nothing_is_imported(package: Path) -> None:
    write(package, "square", "raise RuntimeError('imported')")
    write(package, "circle", "")
    write(package, "_area", "")
    (package / "data").mkdir()
    (package / "data" / "__init__.py").write_text("")
    assert plugins.ids(package.name) == ("circle", "square")
    assert f"{package.name}.square" not in sys.modules


def test_modules_come_in_the_order_of_ids(package: Path) -> None:
    write(package, "square", "CORNERS = 4")
    write(package, "circle", "CORNERS = 0")
    assert [m.CORNERS for m in plugins.modules(package.name)] == [0, 4]


def test_a_module_gives_its_own_class_and_not_those_it_imports(package: Path) -> None:
    write(package, "square", "class Square(Shape): ...")
    write(package, "circle", f"from {package.name}.square import Square\nclass Circle(Shape): ...")
    assert [c.__name__ for c in plugins.classes(package.name, Shape)] == ["Circle", "Square"]


def test_a_module_without_a_class_or_with_two_is_refused(package: Path) -> None:
    write(package, "empty", "")
    with pytest.raises(TypeError, match="empty must define exactly one Shape, and defines 0"):
        plugins.classes(package.name, Shape)
    write(package, "empty", "class A(Shape): ...\nclass B(Shape): ...")
    sys.modules.pop(f"{package.name}.empty")
    with pytest.raises(TypeError, match="defines 2"):
        plugins.classes(package.name, Shape)
