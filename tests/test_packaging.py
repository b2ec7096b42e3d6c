"""What a newcomer relies on: the metadata, the README's commands, the files that ship."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import optreview
from optreview import resources
from optreview.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def section(heading: str) -> str:
    return README.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("heading", ["Try it", "Test it"])
def test_a_newcomer_s_section_has_one_command_of_one_line(heading: str) -> None:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", section(heading), re.DOTALL | re.MULTILINE)
    assert [language for language, _ in blocks] == ["bash"]
    assert blocks[0][1].count("\n") == 1


def test_the_try_it_command_installs_under_the_constraints() -> None:
    assert "-c constraints.txt -e '.[test]'" in section("Try it")


def test_the_versions_agree() -> None:
    assert PROJECT["project"]["version"] == optreview.__version__ == metadata.version("optreview")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(optreview.__version__)}\]", changelog, re.MULTILINE)


def test_the_command_is_installed_under_its_name() -> None:
    (entry,) = metadata.entry_points(group="console_scripts", name="optreview")
    assert entry.load() is main


def test_torch_is_pinned_for_the_tests_and_wide_for_users() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert "torch==2.13.0" in constraints
    assert "torch>=2.4" in PROJECT["project"]["dependencies"]
    assert [each for each in PROJECT["project"]["dependencies"] if "==" in each] == []


def test_the_types_and_the_schema_ship() -> None:
    package = Path(optreview.__file__).parent
    assert (package / "py.typed").is_file()
    assert resources.schema().is_relative_to(package)


def test_the_opinions_ship_inside_the_package() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {
        name: f"optreview/_data/{name}" for name in (resources.rubrics().name, resources.templates().name)
    }


def test_every_link_of_the_documents_leads_somewhere() -> None:
    here = {path.name for path in ROOT.iterdir()}
    links = {
        link.partition("/")[0].partition("#")[0]
        for document in ROOT.glob("*.md")
        for link in re.findall(r"\]\((?!https?:)([^)]+)\)", document.read_text(encoding="utf-8"))
    }
    assert links - {""} <= here
    assert links
