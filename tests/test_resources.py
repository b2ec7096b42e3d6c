"""The data is found in a checkout and in an installation, and its absence is a clear sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from optreview import resources
from optreview.errors import InputError
from optreview.records import SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``optreview`` folder taken for the installed one."""
    folder = tmp_path / "optreview"
    folder.mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", folder)
    return folder


def test_the_data_of_this_very_installation_is_there() -> None:
    assert list((resources.rubrics() / "criteria").glob("*/*.toml"))
    assert [path for path in resources.templates().rglob("*") if path.is_file()]
    assert resources.schema().name == f"review-{SCHEMA_VERSION}.json"
    assert resources.schema().is_file()


def test_what_was_installed_comes_before_the_checkout(package: Path) -> None:
    (package.parent / "pyproject.toml").write_text("")
    (package.parent / "rubrics").mkdir()
    assert resources.rubrics() == package.parent / "rubrics"
    (package / "_data" / "rubrics").mkdir(parents=True)
    assert resources.rubrics() == package / "_data" / "rubrics"


def test_a_folder_of_the_same_name_in_site_packages_is_not_ours(package: Path) -> None:
    (package.parent / "templates").mkdir()
    with pytest.raises(InputError, match="templates are missing; reinstall"):
        resources.templates()
