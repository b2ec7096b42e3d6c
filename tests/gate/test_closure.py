"""What the figures of a class depend on, held against what Python imports."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

import pytest

from optreview import targets
from optreview.gate.closure import Closures
from optreview.store import Store
from optreview.versions import ABSENT

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "pack/__init__.py": "from pack.one import One\nfrom pack.other import Other\n",
    "pack/one.py": "import torch\nfrom .base import Base\nfrom pack.sub import helper\n",
    "pack/base.py": "import msgspec\n\ndef late():\n    import no_such_thing\n\nclass Base: ...\n",
    "pack/other.py": "from pack.base import Base\n\nclass Other(Base): ...\n",
    "pack/sub/__init__.py": "from . import inner\nfrom .inner import helper\n",
    "pack/sub/inner.py": "from ... import nowhere\nhelper = 1\n",
    "beside.py": "",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def closure(package: Path, name: str):
    (target,) = targets.resolve(f"{package / 'pack' / name}")
    return Closures().of(target)


def test_what_a_file_imports_counts_and_what_lies_beside_it_does_not(package: Path) -> None:
    found = closure(package, "one.py")
    assert sorted(found.files) == ["pack", "pack.base", "pack.one", "pack.sub", "pack.sub.inner"]
    assert found.packages == {"msgspec": importlib.metadata.version("msgspec"), "no_such_thing": ABSENT}


@pytest.mark.parametrize("name", ["one.py", "base.py", "sub/inner.py", "sub/__init__.py", "__init__.py"])
def test_a_change_of_anything_in_it_is_seen(package: Path, name: str) -> None:
    before = closure(package, "one.py")
    path = package / "pack" / name
    path.write_text(path.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    assert closure(package, "one.py") != before


def test_a_change_of_another_class_is_none(package: Path) -> None:
    before = closure(package, "one.py")
    (package / "pack" / "other.py").write_text("x = 1\n", encoding="utf-8")
    assert closure(package, "one.py") == before


def test_where_names_are_computed_the_whole_package_counts(package: Path) -> None:
    path = package / "pack" / "base.py"
    path.write_text("import importlib\nimportlib.import_module(f'pack.{1}')\n", encoding="utf-8")
    before = closure(package, "one.py")
    (package / "pack" / "other.py").write_text("x = 1\n", encoding="utf-8")
    assert closure(package, "one.py") != before


def test_an_import_of_a_submodule_binds_the_package(package: Path) -> None:
    (package / "pack" / "__init__.py").write_text("from pack.base import Base\n", encoding="utf-8")
    (package / "pack" / "other.py").write_text("import pack.sub\nx = pack.Base\n", encoding="utf-8")
    assert "pack.base" in closure(package, "other.py").files


def test_a_file_of_the_project_counts_whatever_its_name(package: Path) -> None:
    (package / "pack" / "one.py").write_text("from queue import Base\nimport json\n", encoding="utf-8")
    (package / "queue.py").write_text("class Base: ...\n", encoding="utf-8")
    assert sorted(closure(package, "one.py").files) == ["pack", "pack.one", "queue"]


def test_a_folder_without_init_is_a_package(package: Path) -> None:
    (package / "pack" / "bare" / "deep").mkdir(parents=True)
    (package / "pack" / "bare" / "deep" / "last.py").write_text("", encoding="utf-8")
    (package / "pack" / "one.py").write_text("from pack.bare.deep import last\n", encoding="utf-8")
    assert "pack.bare.deep.last" in closure(package, "one.py").files


def test_what_a_text_imports_is_kept_and_another_text_is_read(package: Path, tmp_path: Path) -> None:
    (target,) = targets.resolve(f"{package / 'pack' / 'one.py'}")
    place = tmp_path / "cache"
    plain = Closures().of(target)
    assert Closures(Store(place)).of(target) == Closures(Store(place)).of(target) == plain
    (package / "pack" / "base.py").write_text("import pack.other\n", encoding="utf-8")
    assert "pack.other" in Closures(Store(place)).of(target).files
    for path in place.glob("*/*"):
        path.write_bytes(b"[]")
    assert Closures(Store(place)).of(target) == Closures().of(target)


def test_a_cycle_and_broken_source_end(package: Path) -> None:
    (package / "pack" / "base.py").write_text("from pack.one import One\n", encoding="utf-8")
    (package / "pack" / "sub" / "inner.py").write_text("def (\n", encoding="utf-8")
    assert "pack.base" in closure(package, "one.py").files
