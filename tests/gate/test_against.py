"""``check --against`` on a real checkout, and a package that tries to write into the cache."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.test_gate import CHANGES, TEMPLATE, go
from tests.gate.test_revision import git

if TYPE_CHECKING:
    from pathlib import Path

POISON = """
import pathlib
for folder in ({cache!r}, {package!r}):
    try:
        (pathlib.Path(folder) / "poison.json").write_text("lies")
    except OSError:
        pass
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Classes that stay, become heavier, get another name besides, and come; checked twice."""
    folder = tmp_path_factory.mktemp("against")
    package, cache = folder / "pack", folder / ".cache" / "optreview" / "measured"
    package.mkdir()
    git(folder, "init")
    (package / "__init__.py").write_text("", encoding="utf-8")
    hostile = POISON.format(cache=str(cache), package=str(package))
    write(package, "Steady", CHANGES["Steady"][0], hostile)
    write(package, "Former", CHANGES["Extra"][0])
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    (package / "former.py").unlink()
    write(package, "Later", CHANGES["Extra"][1])
    cache.mkdir(parents=True, mode=0o700)
    first = go(folder, "check", "pack", "--against", "HEAD", "--format", "json=a.json", "--format", "text")
    kept = sorted(str(path) for path in cache.glob("*/*"))
    second = go(folder, "check", "pack", "--against", "HEAD", "--format", "json=b.json", "--format", "text")
    return {
        "first": first,
        "second": second,
        "kept": kept,
        "poison": [*folder.rglob("poison.json")],
        "record": json.loads((folder / "a.json").read_text(encoding="utf-8")),
    }


def write(package: Path, name: str, body: str, more: str = "") -> None:
    text = TEMPLATE.format(name=name, body=body) + more
    (package / f"{name.lower()}.py").write_text(text, encoding="utf-8")


def test_a_class_that_is_heavier_under_another_name_is_caught(done: dict[str, Any]) -> None:
    assert done["first"].returncode == 1, done["first"].stderr
    verdicts = {each["optimizer"]: each["verdict"] for each in done["record"]["optimizers"]}
    assert verdicts == {"pack.later:Later": "worse", "pack.steady:Steady": "same"}
    said = done["first"].stdout
    assert "worse: pack.later:Later\n  In HEAD it is pack.former:Former.\n" in said
    assert "in matrices only" in said
    assert "slow 0 B → 3.98 B" in said
    assert "pack/later.py:" in said
    assert said.endswith("2 optimizers: 1 worse, 1 unchanged.\n")
    assert done["record"]["against"] == "HEAD"


def test_what_is_kept_gives_the_same_answer(done: dict[str, Any]) -> None:
    assert len(done["kept"]) == 3
    assert (done["second"].returncode, done["second"].stdout) == (1, done["first"].stdout)


def test_reviewed_code_writes_neither_the_cache_nor_the_checkout(done: dict[str, Any]) -> None:
    assert done["poison"] == []


def test_two_things_to_compare_with_are_too_many(tmp_path: Path) -> None:
    found = go(tmp_path, "check", "pack", "--against", "HEAD", "--calibrate", "2")
    assert (found.returncode, "cannot both be given" in found.stderr) == (2, True)
    found = go(tmp_path, "check", "pack", "--against", "HEAD", "--baseline", "a.toml")
    assert (found.returncode, "cannot both be given" in found.stderr) == (2, True)
