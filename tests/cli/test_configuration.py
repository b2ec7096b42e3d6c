"""A project's defaults are read strictly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from optreview.cli import configuration
from optreview.errors import InputError
from optreview.selection import Accepted

if TYPE_CHECKING:
    from tests.cli.conftest import Run

REVIEWS = Path(__file__).parents[2] / "reviews"


def write(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text)


def test_the_nearest_file_upward_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    write(tmp_path, '[tool.optreview]\ndevice = "cpu"\ntimeout = 5\nmemory_limit = 2.5\n')
    found = configuration.load(below)
    assert found.folder == tmp_path
    assert found.defaults("analyze") == {"device": "cpu", "timeout": 5, "memory_limit": 2.5}
    write(tmp_path / "a", "[project]\n")
    assert configuration.load(below).defaults("analyze") == {}


def test_a_voice_is_a_name_or_a_folder_beside_the_file(tmp_path: Path) -> None:
    write(tmp_path, '[tool.optreview]\nvoice = "playful"\n')
    assert configuration.load(tmp_path).defaults("analyze") == {"voice": "playful"}
    write(tmp_path, '[tool.optreview]\nvoice = "words"\n')
    assert configuration.load(tmp_path).defaults("analyze") == {"voice": str(tmp_path / "words")}


def test_a_relative_output_counts_from_its_file(tmp_path: Path) -> None:
    below = tmp_path / "a"
    below.mkdir()
    write(tmp_path, '[tool.optreview]\noutput = "pages"\n')
    assert configuration.load(below).defaults("analyze") == {"output": str(tmp_path / "pages")}
    write(tmp_path, '[tool.optreview]\noutput = "-"\n')
    assert configuration.load(below).defaults("analyze") == {"output": "-"}


EVERYTHING = """\
[tool.optreview]
output = "pages"
device = "cpu"
timeout = 5
memory_limit = 2
targets = ["src", "torch.optim:SGD", "src/optim.py:Plain"]
select = ["host-sync", "data_attribute"]
fail_on = "error"
severity = { host-sync = "info" }

[[tool.optreview.ignore]]
rule = "data-attribute"
path = "src/*"
reason = "kept as published"
"""


def test_each_command_takes_its_own_keys_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "optim.py").touch()
    write(tmp_path, EVERYTHING)
    found = configuration.load(tmp_path)
    assert sorted(found.defaults("analyze")) == ["device", "memory_limit", "output", "timeout"]
    src = tmp_path / "src"
    assert found.defaults("lint") == {
        "targets": [str(src), "torch.optim:SGD", f"{src}/optim.py:Plain"],
        "select": ["host-sync", "data_attribute"],
        "fail_on": "error",
    }
    assert found.severities == {"host_sync": "info"}
    assert found.accepted == (
        Accepted("data_attribute", "kept as published", tmp_path / "pyproject.toml", 14, "src/*"),
    )
    assert sorted(found.defaults("compare")) == ["device", "memory_limit", "timeout"]
    assert found.defaults("explain") == {}


def test_every_key_is_taken_by_a_command_or_by_the_selection() -> None:
    others = {name for name, key in configuration.KEYS.items() if not key.commands}
    assert others == {"budgets", "exempt", "ignore", "rubric", "severity", "tiers", "tolerance"}


def test_a_key_of_another_command_is_no_error(run: Run, here: Path) -> None:
    write(here, EVERYTHING)
    done = run("analyze", "nowhere.py")
    assert "nowhere.py" in done.stderr
    assert "tool.optreview" not in done.stderr


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        (
            "[tool.optreview.rubric]\nweights = { memry = 1 }\n",
            "There is no score 'memry'; did you mean 'memory'",
        ),
        (
            "[tool.optreview.rubric.criteria.state_sise]\nweight = 1\n",
            "There is no criterion 'state_sise'; did you mean 'state_size'",
        ),
        ("[tool.optreview.rubric.criteria.state_size]\nwait = 1\n", "unknown field `wait`"),
        ("[tool.optreview.rubric]\nweights = { memory = -1 }\n", "must be 0 or more"),
        ("[tool.optreview]\ntimout = 5\n", "There is no key 'timout'; did you mean 'timeout'"),
        (
            "[tool.optreview]\nqqq = 5\n",
            "'qqq'; the keys are baseline, budgets, device, exempt, fail_on, ignore, jobs, lint,",
        ),
        ('[tool.optreview]\ntimeout = "5"\n', "timeout must be a positive number of seconds, not '5'"),
        ("[tool.optreview]\ntimeout = true\n", "timeout must be a positive number of seconds, not True"),
        ('[tool.optreview]\ndevice = "tpu"\n', "device must be one of auto, cpu, cuda, not 'tpu'"),
        ("[tool.optreview]\noutput = 3\n", "output must be a folder"),
        ("[tool.optreview]\nmemory_limit = -1\n", "memory_limit must be a positive number"),
        ('[tool.optreview]\noutput = " "\n', "output must be a folder"),
        ('[tool.optreview]\nfail_on = "fatal"\n', "fail_on must be one of info, warning, error, not 'fatal'"),
        ('[tool.optreview]\ntargets = "src"\n', "targets must be a list of targets, not 'src'"),
        ("[tool.optreview]\ntargets = [3]\n", "targets must be a list of targets .*str"),
        ('[tool.optreview]\nselect = ["host_synk"]\n', "no rule 'host_synk'; did you mean 'host_sync'"),
        ('[tool.optreview]\nseverity = {host_synk = "info"}\n', "did you mean 'host_sync'"),
        ('[tool.optreview]\nseverity = {host_sync = "note"}\n', "severity must be a table of rules.*'note'"),
        ('[[tool.optreview.ignore]]\nrule = "host_synk"\nreason = "why"\n', "did you mean 'host_sync'"),
        ('[[tool.optreview.ignore]]\nrule = "host_sync"\n', "ignore must be tables with.*reason"),
        ('[[tool.optreview.ignore]]\nrule = "host_sync"\nreason = " "\n', "ignore must be tables with"),
        (
            '[[tool.optreview.ignore]]\nrule = "host_sync"\nreason = "why"\npaths = "*"\n',
            "ignore must be tables with.*paths",
        ),
        ("[tool]\noptreview = 3\n", "must be a table"),
        ("[tool.optreview\n", "cannot be read: .*line 1"),
    ],
)
def test_what_it_cannot_be_is_said(tmp_path: Path, section: str, sentence: str) -> None:
    write(tmp_path, section)
    with pytest.raises(InputError, match=sentence):
        configuration.load(tmp_path)


def test_a_broken_section_stops_analyze_but_neither_its_help_nor_other_commands(run: Run, here: Path) -> None:
    write(here, "[tool.optreview]\ntimout = 5\n")
    done = run("analyze", "x.py")
    assert done.returncode == 2
    assert "did you mean 'timeout'?" in done.stderr
    assert run("analyze", "--help").returncode == 0
    assert run("list", "optimizers").returncode == 0


def test_a_changed_rubric_is_kept(tmp_path: Path) -> None:
    write(tmp_path, "[tool.optreview.rubric]\nweights = { memory = 3 }\ncriteria.state_size.weight = 8\n")
    changes = configuration.load(tmp_path).changes
    assert changes is not None
    assert changes.weights == {"memory": 3}
    assert changes.criteria["state_size"].weight == 8


def test_adjusted_scores_stand_beside_the_standard_ones(run: Run, here: Path) -> None:
    record = REVIEWS / "torch" / "SGD.json"
    plain = run("analyze", "--from", record, "-o", "-")
    write(here, "[tool.optreview.rubric]\nweights = { novelty = 0, use_case = 0 }\n")
    page = run("analyze", "--from", record, "-o", "-")
    assert page.returncode == 0
    assert "By this project's rubric" in page.stdout
    assert "weight of novelty 0 instead of 0.5" in page.stdout.replace("\\_", "_")
    assert "By this project's rubric" not in plain.stdout
