"""What a user may name, and what they are told when it is not there. Nothing is ever imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from optreview.errors import InputError
from optreview.targets import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from optreview.records import Target

BOMB = "raise SystemExit('imported')\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "zoo"
    (package / "optim").mkdir(parents=True)
    (package / "__init__.py").write_text(BOMB + "from zoo.optim.lion import Lion\n")
    (package / "optim" / "__init__.py").write_text(BOMB)
    (package / "optim" / "lion.py").write_text(BOMB + "class Lion: pass\n")
    (package / "tests").mkdir()
    (package / "tests" / "test_lion.py").write_text(BOMB)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "stale.py").write_text(BOMB)
    loose = tmp_path / "loose"
    loose.mkdir()
    (loose / "b.py").write_text(BOMB)
    (loose / "a.py").write_text(BOMB)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def only(spec: str) -> Target:
    (target,) = resolve(spec)
    return target


def test_a_lone_file_is_named_by_its_stem(project: Path) -> None:
    target = only("loose/a.py")
    assert (target.module, target.package, target.lone, target.class_name) == ("a", "a", True, None)
    assert target.root == str(project / "loose")


def test_a_file_in_a_package_is_placed_below_the_package(project: Path) -> None:
    target = only("zoo/optim/lion.py:Lion")
    assert (target.module, target.package, target.lone) == ("zoo.optim.lion", "zoo", False)
    assert target.root == str(project)
    assert target.class_name == "Lion"


@pytest.mark.parametrize("spec", ["zoo.optim.lion:Lion", "zoo.optim.lion"])
def test_a_module_is_found_without_importing_its_parents(project: Path, spec: str) -> None:
    target = only(spec)
    assert target.path == str(project / "zoo" / "optim" / "lion.py")
    assert (target.root, target.module) == (str(project), "zoo.optim.lion")
    assert not {"zoo", "zoo.optim"} & sys.modules.keys()


def test_a_folder_without_init_inside_a_package_is_a_package(project: Path) -> None:
    (project / "zoo" / "bare" / "deep").mkdir(parents=True)
    (project / "zoo" / "bare" / "deep" / "cat.py").write_text(BOMB)
    target = only("zoo.bare.deep.cat:Cat")
    assert (target.module, target.root) == ("zoo.bare.deep.cat", str(project))
    with pytest.raises(InputError, match=r"zoo\.bare\.deep has no module dog"):
        resolve("zoo.bare.deep.dog:Dog")


def test_a_class_of_a_package_points_at_its_init(project: Path) -> None:
    target = only("zoo:Lion")
    assert target.path == str(project / "zoo" / "__init__.py")
    assert (target.module, target.package, target.class_name) == ("zoo", "zoo", "Lion")


@pytest.mark.parametrize("spec", ["zoo", "zoo/"])
def test_a_package_is_every_file_of_it_but_tests_and_caches(project: Path, spec: str) -> None:
    assert [target.module for target in resolve(spec)] == ["zoo", "zoo.optim", "zoo.optim.lion"]


def test_a_folder_of_loose_files_is_each_file_in_order(project: Path) -> None:
    assert [(target.module, target.lone) for target in resolve("loose")] == [("a", True), ("b", True)]


def test_a_loose_file_may_import_from_its_project_root(project: Path) -> None:
    (project / "pyproject.toml").write_text("")
    assert only("loose/a.py").search_path == (str(project),)


def test_an_installed_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    target = only("adabelief_pytorch:AdaBelief")
    assert target.module == "adabelief_pytorch"
    assert target.path.endswith("adabelief_pytorch/__init__.py")
    assert target.search_path == ()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("zoo/optim/lino.py", "did you mean"),
        ("nowhere/at/all.py", "no file or folder"),
        ("zoo.optim.lino:Lion", "did you mean zoo.optim.lion?"),
        ("no_such_package_anywhere", "install its package"),
        ("zoo.optim.lion.deeper", "is a module, not a package"),
        ("zoo/optim/lion.py:", "no class name after the colon"),
        ("zoo/optim/lion.py:2x", "no class name after the colon"),
        ("", "names no file or module"),
        ("loose:Lion", "no module"),
        ("notes.txt", "not a Python source file"),
        ("empty/", "holds no Python source"),
        ("two words", "neither a file nor a module name"),
        ("_json", "without Python source"),
    ],
)
def test_bad_targets_get_one_clear_sentence(project: Path, spec: str, said: str) -> None:
    (project / "notes.txt").write_text("hello")
    (project / "empty").mkdir()
    if spec == "loose:Lion":
        said = "folder of loose files"
    if spec == "_json" and "_json" in sys.builtin_module_names:
        pytest.skip("built in here")
    with pytest.raises(InputError) as error:
        resolve(spec)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert "Traceback" not in str(error.value)
