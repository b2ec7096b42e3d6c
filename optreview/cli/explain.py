"""``optreview explain ID``: what a rule looks for, a probe or criterion asks, an optimizer or option does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from optreview.cli import terminal
from optreview.cli.suggest import unknown
from optreview.evidence.dynamic import conformance
from optreview.evidence.join import checks
from optreview.evidence.static import rules
from optreview.evidence.static.rule import CommentRule
from optreview.judgement import calibration, catalogue, criteria, options, usecase

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from optreview.evidence.dynamic.conformance import Question
    from optreview.evidence.join.check import Check
    from optreview.evidence.static.rule import Described
    from optreview.judgement.calibration import Figures
    from optreview.judgement.catalogue import Entry, Reference
    from optreview.judgement.criteria import Criterion
    from optreview.judgement.options import Idea
    from optreview.records import UseCase


@click.command("explain")
@click.argument("identifier", metavar="ID")
def explain(identifier: str) -> None:
    """Explain the rule, check, probe, criterion, optimizer, option or use case with this ID, or all of them.

    'optreview list' shows the IDs. An option is also known by the names that it has in constructors.
    """
    console = terminal.console()
    known = _everything(console)
    found = [show for each, show in known if each == identifier]
    if not found:
        names = [each for each, _ in known]
        raise unknown(
            "rule, check, probe, criterion, optimizer, option or use case",
            identifier,
            names,
            "'optreview list' names them",
        )
    for index, show in enumerate(found):
        if index:
            console.print()
        show()


def _everything(console: Console) -> list[tuple[str, Callable[[], None]]]:
    """What there is to explain; a probe and its criterion may share an ID, an optimizer and an option too."""
    return [
        *((rule.id, partial(_rule, console, rule)) for rule in rules.everything()),
        *((check.id, partial(_check, console, check)) for check in checks.catalogue()),
        *((question.id, partial(_probe, console, question)) for question in conformance.catalogue()),
        *((criterion.id, partial(_criterion, console, criterion)) for criterion in criteria.load()),
        *((entry.id, partial(_optimizer, console, entry)) for entry in catalogue.load()),
        *((name, partial(_usecase, console, usecase.load(name))) for name in usecase.names()),
        *(
            (name, partial(_option, console, idea))
            for idea in options.load()
            for name in dict.fromkeys((idea.id, *idea.names))
        ),
    ]


def _probe(console: Console, question: Question) -> None:
    _title(console, question.id, f"probe, care {question.care}", question.title)
    _text(console, "How it is asked", question.how)
    _text(console, "What a failure means", question.failing)
    if question.designed:
        _text(console, "Who differs by design", question.designed)
    _text(console, "Behind it", question.source)


def _optimizer(console: Console, entry: Entry) -> None:
    _title(console, entry.id, f"optimizer, {entry.family}", f"{entry.name}: {entry.paper}, {entry.year}")
    console.print(entry.url)
    _text(console, "Idea", entry.idea)
    _text(console, f"Beside {entry.ancestor}" if entry.ancestor else "What is new", entry.change)
    if entry.equations:
        _equations(console, "The paper's update", entry.equations)
    if entry.reference:
        _reference(console, entry.reference, entry.deviations)
    _text(console, "Watch", f"{entry.watch[0].upper()}{entry.watch[1:]}.")
    if entry.users:
        _text(console, "To know", entry.users)
    _text(console, "From AdamW", f"{entry.conversion.advice} Source: {entry.conversion.source}.")


def _option(console: Console, idea: Idea) -> None:
    _title(console, idea.id, idea.kind, idea.title)
    if idea.paper:
        console.print(f"{idea.paper}, {idea.year}\n{idea.url}", soft_wrap=True)
    _text(console, "Names in constructors", _names(idea))
    _text(console, "Idea", idea.idea)
    _text(console, "What it typically costs", idea.cost)
    if idea.caution:
        _text(console, "To know", idea.caution)


def _usecase(console: Console, case: UseCase) -> None:
    _title(console, case.id, "use case", f"{case.title[0].upper()}{case.title[1:]}")
    usual = case.optimizer
    betas = f", betas {usual.betas}" if "Adam" in usual.name else ""
    setting = f"{usual.name}, lr {usual.lr:g}, weight decay {usual.weight_decay:g}{betas}"
    _text(console, "What it is", f"{case.description[0].upper()}{case.description[1:]}.")
    _text(console, "Usual setting", f"{setting}, batch {case.batch}, {case.dtype}.")
    if usual.source:
        _text(console, "From", usual.source)
    beside = f" beside the frozen weights of {case.frozen}" if case.frozen else ""
    if case.model:
        _text(console, "Model", f"{case.model}{beside}.")
    titles = {each.id: each.title for each in criteria.load()}
    _text(console, "Needs", "\n".join(f"{need}: {titles[need]}" for need in case.needs))


def _names(idea: Idea) -> str:
    others = (f"{name} (beside {other})" for name, other in idea.beside.items())
    return ", ".join((*(name for name in idea.names if name not in idea.beside), *others))


def _reference(console: Console, reference: Reference, deviations: tuple[str, ...]) -> None:
    options = ", ".join(f"{name}={value}" for name, value in reference.options.items())
    where = f"{reference.implementation} of {reference.package} {reference.version}"
    _text(console, "Implementation that stands for it", where + f", with {options}" * bool(options))
    if deviations:
        _text(console, "What it does otherwise", " ".join(deviations))
    if reference.equations:
        _equations(console, "Its own update", reference.equations)


def _equations(console: Console, heading: str, equations: str) -> None:
    console.print(f"\n{heading}", style="bold")
    for line in equations.strip().splitlines():
        console.print(f"  {line}", soft_wrap=True)


def _criterion(console: Console, criterion: Criterion) -> None:
    _title(console, criterion.id, f"criterion of {criterion.dimension}", criterion.title)
    _text(console, "Why", criterion.why)
    _text(console, "Remedy", f"{criterion.remedy} Effort: {criterion.effort}.")
    _text(console, "Reads", f"{criterion.reads}, with weight {criterion.weight:g} in {criterion.dimension}.")
    _text(console, "Points", _points(criterion))
    _text(console, "Origin of the points", criterion.origin)
    if found := calibration.load().criteria.get(criterion.id):
        _text(console, "Among the calibrated classes", _calibrated(found))


def _calibrated(found: Figures) -> str:
    """What the classes have that the rubric was calibrated on, and what the reference has."""
    own = "" if found.reference is None else f" {calibration.load().reference} has {_plain(found.reference)}."
    if found.levels:
        levels = ", ".join(f"{number} have {level!r}" for level, number in found.levels.items())
        return f"Of {found.classes}, {levels}.{own}"
    least, *cuts, most = (f"{value:g}" for value in found.tenths)
    return f"Of {found.classes}, from {least} to {most}; between the tenths {', '.join(cuts)}.{own}"


def _plain(value: float | bool | str) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value).lower()


def _points(criterion: Criterion) -> str:
    if criterion.levels:
        return ", ".join(f"{points:g} for {level!r}" for level, points in criterion.levels.items()) + "."
    steps = ", ".join(f"{points:g} at {value:g}" for value, points in criterion.points)
    return f"{steps}; linear between, flat outside."


def _rule(console: Console, rule: Described) -> None:
    rest = rule.documentation.removeprefix(rule.title)
    _title(console, rule.id, f"rule, {rule.severity}", rule.title)
    if rest.strip():
        console.print()
        console.print(Padding(rest.strip(), (0, 0, 0, 2), expand=False))
    _text(console, "Remedy", f"{rule.remedy} Effort: {rule.effort}.")
    _text(console, "To keep a finding", _how_to_keep(rule))
    for example in rule.flawed:
        _code(console, "Flawed", example.source, set(example.lines))
        if example.fixed is not None:
            _code(console, "Fixed by 'optreview fix'", example.fixed, set())
    for source in rule.clean:
        _code(console, "Clean", source, set())


def _check(console: Console, check: Check) -> None:
    rest = check.documentation.removeprefix(check.title)
    _title(console, check.id, f"check of source against run, {check.severity}", check.title)
    console.print()
    console.print(Padding(rest.strip(), (0, 0, 0, 2), expand=False))
    _text(console, "Remedy", f"{check.remedy} Effort: {check.effort}.")


def _how_to_keep(rule: Described) -> str:
    entry = f'{{ rule = "{rule.id}", path = "...", reason = "..." }}'
    if isinstance(rule, CommentRule):
        return f"Accept it in files of the project: {entry} under ignore in [tool.optreview]."
    return (
        f"Say why on its line: # optreview: ignore[{rule.id}] reason\n"
        f"Or for files of the project: {entry} under ignore in [tool.optreview]."
    )


def _title(console: Console, identifier: str, kind: str, title: str) -> None:
    console.print(identifier, style="bold cyan", end="")
    console.print(f"  ({kind})")
    console.print(title, style="bold")


def _text(console: Console, heading: str, text: str) -> None:
    console.print(f"\n{heading}", style="bold")
    console.print(Padding(text.strip(), (0, 0, 0, 2), expand=False))


def _code(console: Console, heading: str, source: str, flawed: set[int]) -> None:
    """Print an example, with a mark before the lines that the rule objects to."""
    console.print(f"\n{heading}", style="bold")
    highlighted = Syntax("", "python", background_color="default").highlight(source)
    for number, line in enumerate(highlighted.split("\n"), start=1):
        if line.plain.strip() or number > 1:
            mark = Text(">", style="red") if number in flawed else Text(" ")
            console.print(Text.assemble(mark, " ", line), soft_wrap=True)
