"""The frame: help, version, exit codes, and that nothing heavy is imported to say little."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

import optreview
from optreview import plugins
from optreview.cli import group

if TYPE_CHECKING:
    from tests.cli.conftest import Run


def commands_found() -> dict[str, str]:
    """Every click command in the files of the folder, by name, with its file's name."""
    found = {}
    for module in plugins.modules("optreview.cli"):
        for value in vars(module).values():
            if isinstance(value, click.Command) and not isinstance(value, click.Group):
                found[value.name or ""] = module.__name__.rpartition(".")[2]
    return found


def test_the_commands_of_the_help_are_those_in_the_folder() -> None:
    assert commands_found() == {name: name for name in group.COMMANDS}


def test_help_shows_commands_and_examples_and_exit_codes_unwrapped(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    width = max(map(len, group.COMMANDS))
    for name, summary in group.COMMANDS.items():
        assert f"  {name:<{width}}  {summary}\n" in done.stdout
    assert "  optreview analyze torch.optim:AdamW            a class by its module\n" in done.stdout
    assert "  130  interrupted\n" in done.stdout


def test_the_version_is_the_package_s(run: Run) -> None:
    assert run("--version").stdout == f"optreview {optreview.__version__}\n"


@pytest.mark.parametrize("command", sorted(group.COMMANDS))
def test_every_command_has_help(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: optreview {command} ")
    assert "--traceback" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (["--help"], ("jinja2", "libcst", "torch")),
        (["--version"], ("jinja2", "libcst", "torch")),
        (["analyze", "--help"], ("torch",)),
        (["compare", "--help"], ("torch",)),
        (["list"], ("torch",)),
        (["explain", "no_such_thing"], ("torch",)),
    ],
    ids=" ".join,
)
def test_light_commands_import_nothing_heavy(arguments: list[str], heavy: tuple[str, ...]) -> None:
    source = (
        "import sys\n"
        "from optreview.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "finally:\n"
        f"    print('imported:', [each for each in {heavy!r} if each in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.endswith("imported: []\n"), done.stderr


def test_an_unknown_command_suggests_the_nearest(run: Run) -> None:
    done = run("analyse")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "optreview: error: There is no command 'analyse'; did you mean 'analyze'?\n"


def test_an_unknown_option_is_one_sentence_and_says_where_to_look(run: Run) -> None:
    done = run("list", "--frmat", "json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("optreview: error: No such option")
    assert done.stderr.endswith("See 'optreview list --help'.\n")
    assert done.stderr.count("\n") == 1


def test_without_a_command_the_help_is_shown() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "optreview"], capture_output=True, text=True, check=False, timeout=60
    )
    assert "Commands:" in done.stdout + done.stderr


def test_python_m_optreview_is_the_entry_point() -> None:
    assert importlib.import_module("optreview.__main__").main is group.main
