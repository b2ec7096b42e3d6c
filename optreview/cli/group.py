"""``optreview`` itself: its help, its version and its commands, each imported only when it is asked for."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from optreview import __version__
from optreview.cli import boundary, configuration
from optreview.cli.suggest import unknown
from optreview.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The commands with their one line of help, which is written here so that ``--help`` need not import them.
COMMANDS = {
    "analyze": "Review optimizers: read the source, run it in a box, judge both.",
    "baseline": "Write down what optimizers take, to commit.",
    "check": "Fail where optimizers take more than they did.",
    "compare": "Show two optimizers side by side, the answer first.",
    "explain": "Explain a rule or a criterion by its id.",
    "fix": "Make the edits that are shown to change nothing.",
    "lint": "Run the rules over optimizers, fast enough for every commit.",
    "list": "List rules, criteria, known optimizers, use cases and formats.",
}
#: Set by the shell when it asks click to complete a command line.
_COMPLETION = "_OPTREVIEW_COMPLETE"
#: What may become garbage before it is looked for, in a process that is gone after a second or so.
_OBJECTS = 200_000
_HELP = {"-h", "--help"}
_EXAMPLES = """\b
Examples:
  optreview analyze path/to/adabelief.py         a file, or a class in it
  optreview analyze torch.optim:AdamW            a class by its module
  optreview analyze my_package --static          every optimizer, running nothing
  optreview analyze --from reviews/a/B.json      judge a saved record anew
  optreview baseline update my_package           write down what its optimizers take
  optreview check my_package                     fail where they take more
  optreview compare a.json b.json                two optimizers side by side
  optreview fix my_package                       mend what can be mended safely
  optreview lint my_package                      what the rules find, for every commit
  optreview explain ID                           why a finding matters
  optreview list criteria                        what a review looks at

\b
Exit codes:
    0  done
    1  findings
    2  wrong usage or broken input
    3  could not be measured
   70  a fault in optreview itself
  130  interrupted
"""


class Commands(click.Group):
    """The group of commands, which imports a command's file when the command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the commands, in the order of their help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import ``optreview.cli.<name>`` and take the command from it."""
        if cmd_name not in COMMANDS:
            return None
        with uncollected(lasting=True):
            found = vars(importlib.import_module(f"optreview.cli.{cmd_name}")).values()
        command = next(each for each in found if isinstance(each, click.Command) and each.name == cmd_name)
        if boundary.TRACEBACK not in {name for option in command.params for name in option.opts}:
            command.params.append(boundary.traceback_option())
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands' section of the help without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and give it what the project sets unless only its help is wanted."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise unknown("command", args[0], COMMANDS, "'optreview --help' names them")
        name, command, rest = super().resolve_command(ctx, args)
        if name in configuration.COMMANDS and not _HELP & set(rest):
            ctx.obj = configuration.load(Path.cwd())
            ctx.default_map = {name: ctx.obj.defaults(name)}
        return name, command, rest


@click.group(
    cls=Commands,
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="optreview", message="%(prog)s %(version)s")
@click.option(
    boundary.TRACEBACK, is_flag=True, expose_value=False, help="Show Python's traceback of an error."
)
def optreview() -> None:
    """Review PyTorch optimizers, every sentence backed by a line of source or a measurement."""


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, or the given words, and leave the process with the exit code."""
    if _COMPLETION in os.environ:
        optreview.main(prog_name="optreview")
    given = sys.argv[1:] if words is None else list(words)
    if words is None:
        gc.set_threshold(_OBJECTS)
    code = boundary.guard(lambda: _run(given), given)
    if words is None:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> NoReturn:
    """End at once: everything is closed by now, and freeing the syntax trees takes a tenth of the run."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _run(words: list[str]) -> object:
    with optreview.make_context("optreview", list(words)) as ctx:
        return optreview.invoke(ctx)
