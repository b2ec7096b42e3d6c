"""``list`` shows everything there is, and nothing that is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from optreview import plugins, resources
from optreview.cli.list import FORMATS, KINDS
from optreview.judgement import usecase

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run


def stems(folder: Path, pattern: str) -> list[str]:
    return sorted(path.stem for path in folder.glob(pattern))


def on_disk() -> dict[str, list[str]]:
    return {
        "rules": sorted(plugins.ids("optreview.evidence.static.rules")),
        "checks": sorted(plugins.ids("optreview.evidence.join.checks")),
        "probes": sorted(plugins.ids("optreview.evidence.dynamic.probes")),
        "criteria": stems(resources.rubrics() / "criteria", "*/*.toml"),
        "optimizers": stems(resources.rubrics() / "catalogue", "*.toml"),
        "options": stems(resources.rubrics() / "catalogue" / "options", "*.toml"),
        "usecases": stems(resources.rubrics() / "usecases", "*.toml"),
        "tiers": sorted(each.id for each in usecase.tiers()),
        "formats": sorted(each for folder in FORMATS.values() for each in plugins.ids(folder)),
    }


def test_everything_on_disk_is_listed_and_nothing_else(run: Run) -> None:
    done = run("list", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    listed = {kind: sorted(row["id"] for row in rows) for kind, rows in json.loads(done.stdout).items()}
    assert listed == on_disk()
    assert all(listed.values())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_one_kind_is_listed_alone_and_without_empty_cells(run: Run, kind: str) -> None:
    rows = json.loads(run("list", kind, "--format", "json").stdout)
    assert list(rows) == [kind]
    assert [row for row in rows[kind] if not all(row.values())] == []


def test_the_table_has_a_line_for_every_thing_even_in_a_pipe(run: Run) -> None:
    lines = run("list").stdout.splitlines()
    for kind, names in on_disk().items():
        assert f"{kind} ({len(names)})" in lines
        for name in names:
            assert [line for line in lines if line.startswith(f"{name} ")], name


def test_an_unknown_kind_suggests_the_nearest(run: Run) -> None:
    done = run("list", "rule")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "optreview: error: There is no kind 'rule'; did you mean 'rules'?\n"


def test_no_colour_reaches_a_pipe_or_a_user_who_wants_none(run: Run) -> None:
    assert "\x1b" not in run("list").stdout
    assert "\x1b" not in run("list", NO_COLOR="1").stdout
