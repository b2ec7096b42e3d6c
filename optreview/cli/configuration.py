"""What a project sets: ``[tool.optreview]`` in the nearest ``pyproject.toml``, read strictly.

The whole section is checked whichever command runs, and each command takes the keys that are its own.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from optreview import plugins
from optreview.cli import budgeting
from optreview.cli.suggest import unknown
from optreview.errors import InputError
from optreview.gate.budgets import WANTED, Budget, Exemption
from optreview.judgement import adjusting
from optreview.judgement.adjusting import Changes
from optreview.records import Severity, Tolerance
from optreview.report.voices import folders as voices
from optreview.selection import SEVERITIES, Accepted

DEVICES = ("auto", "cpu", "cuda")
_RULES = "optreview.evidence.static.rules"

_Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Positive = Annotated[float, msgspec.Meta(gt=0)]


class _Ignore(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: _Text
    reason: _Text
    path: _Text = "*"


class _Exempt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    optimizer: _Text
    reason: _Text


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the section.

    Attributes:
        kind: The type that a value must be of.
        wanted: What a value can be, in words.
        commands: The commands whose parameter of the same name it sets; none when it is no parameter.
    """

    kind: object
    wanted: str
    commands: tuple[str, ...] = ()


_ONE_OF = f"one of {', '.join(SEVERITIES)}"
_GATE = ("baseline", "check")
KEYS = {
    "baseline": Key(_Text, "a file", _GATE),
    "budgets": Key(list[budgeting.Entry], f"tables with an optimizer and limits, each {WANTED}"),
    "device": Key(
        Literal["auto", "cpu", "cuda"], f"one of {', '.join(DEVICES)}", ("analyze", "compare", *_GATE)
    ),
    "exempt": Key(list[_Exempt], "tables with an optimizer and a reason"),
    "fail_on": Key(Severity, _ONE_OF, ("lint",)),
    "ignore": Key(list[_Ignore], "tables with a rule, a reason and, if wanted, a path"),
    "lint": Key(bool, "true or false", _GATE),
    "jobs": Key(_Count, "a positive whole number", ("analyze", "lint")),
    "memory_limit": Key(_Positive, "a positive number of gibibytes", ("analyze", "compare", "fix", *_GATE)),
    "output": Key(_Text, "a folder, or '-' for the terminal", ("analyze",)),
    "probes": Key(bool, "true or false", _GATE),
    "rubric": Key(Changes, "a table with weights of scores, and criteria with a weight, points or levels"),
    "select": Key(list[_Text], "a list of rules", ("lint", "fix")),
    "severity": Key(dict[_Text, Severity], f"a table of rules, each with {_ONE_OF}"),
    "targets": Key(list[_Text], "a list of targets", ("lint", "fix", *_GATE)),
    "tolerance": Key(Tolerance, "a table with relative, from 0 to 1, bytes_per_parameter and family"),
    "voice": Key(_Text, "a voice's name or a folder of templates", ("analyze",)),
    "style": Key(Literal["torch", "config", "optim_wrapper", "trainer"], "a style of settings", ("analyze",)),
    "tiers": Key(list[dict[str, object]], "tables with id, title, gib, device, batch and tight"),
    "timeout": Key(_Positive, "a positive number of seconds", ("analyze", "compare", "fix", *_GATE)),
    "usecase": Key(_Text, "a built-in use case or a file", ("analyze",)),
}
#: The commands that take anything from the section.
COMMANDS = frozenset(command for key in KEYS.values() for command in key.commands)


@dataclass(frozen=True, slots=True)
class Project:
    """What the nearest ``pyproject.toml`` says; nothing where there is none.

    Attributes:
        folder: Where that file is; paths in it count from there.
        values: The section, checked.
        accepted: The findings that the project accepts, with reasons.
        severities: The severities it sets in place of the rules' own.
        tolerance: What figures may differ by from the baseline's.
        budgets: What optimizers may take, whatever the baseline says.
        exempt: Optimizers that the gate leaves out.
        changes: What it sets of the rubric.
    """

    folder: Path = field(default_factory=Path.cwd)
    values: dict[str, object] = field(default_factory=dict)
    accepted: tuple[Accepted, ...] = ()
    severities: dict[str, Severity] = field(default_factory=dict)
    tolerance: Tolerance = field(default_factory=Tolerance)
    budgets: tuple[Budget, ...] = ()
    exempt: tuple[Exemption, ...] = ()
    changes: Changes | None = None

    @property
    def tiers(self) -> list[dict[str, object]]:
        """The hardware that it names, as it stands there."""
        return self.values.get("tiers", [])  # type: ignore[return-value]  # as KEYS says

    def defaults(self, command: str) -> dict[str, object]:
        """The defaults of a command's parameters."""
        return {key: value for key, value in self.values.items() if command in KEYS[key].commands}


def load(start: Path) -> Project:
    """The project that a folder belongs to.

    Only the nearest ``pyproject.toml`` upward is read. A relative ``output`` or target counts from that file.

    Raises:
        InputError: The file is not TOML, or a key or a value of the section is not what it can be.
    """
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            return _project(path, {key: _checked(path, key, value) for key, value in _section(path).items()})
    return Project(start)


def _section(path: Path) -> dict[str, object]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    tool = document.get("tool", {})
    section = tool.get("optreview", {}) if isinstance(tool, dict) else {}
    if not isinstance(section, dict):
        raise InputError(f"In {path}, [tool.optreview] must be a table.")
    return section


def _checked(path: Path, key: str, value: object) -> object:
    if key not in KEYS:
        fault = unknown("key", key, KEYS, f"the keys are {', '.join(sorted(KEYS))}")
        raise InputError(f"[tool.optreview] of {path} cannot be used. {fault}")
    try:
        return msgspec.convert(value, KEYS[key].kind)
    except msgspec.ValidationError as error:
        what = f" ({error})" if isinstance(value, list | dict) else f", not {value!r}"
        raise InputError(f"In {path}, tool.optreview.{key} must be {KEYS[key].wanted}{what}.") from error


def _project(path: Path, values: dict[str, object]) -> Project:
    folder = path.parent
    accepted: list[_Ignore] = values.get("ignore", [])  # type: ignore[assignment]  # as KEYS says
    severities: dict[str, Severity] = values.get("severity", {})  # type: ignore[assignment]
    select: list[str] = values.get("select", [])  # type: ignore[assignment]
    for name in (*select, *severities, *(entry.rule for entry in accepted)):
        _known(path, name)
    changes: Changes | None = values.get("rubric")  # type: ignore[assignment]
    if changes is not None:
        _adjustable(path, changes)
    if values.get("output", "-") != "-":
        values["output"] = str(folder / str(values["output"]))
    if values.get("voice", voices.PLAIN) not in voices.names():
        values["voice"] = str(folder / str(values["voice"]))
    if "baseline" in values:
        values["baseline"] = folder / str(values["baseline"])
    if str(values.get("usecase", "")).endswith(".toml"):
        values["usecase"] = str(folder / str(values["usecase"]))
    if "targets" in values:
        targets: list[str] = values["targets"]  # type: ignore[assignment]
        values["targets"] = [_from(folder, target) for target in targets]
    return Project(
        folder=folder,
        values=values,
        accepted=tuple(_accepted(path, entry) for entry in accepted),
        severities={normal(name): severity for name, severity in severities.items()},
        tolerance=values.get("tolerance", Tolerance()),  # type: ignore[arg-type]  # as KEYS says
        budgets=tuple(budgeting.budget(path, each) for each in values.get("budgets", [])),  # type: ignore[attr-defined]
        exempt=tuple(Exemption(each.optimizer, each.reason) for each in values.get("exempt", [])),  # type: ignore[attr-defined]
        changes=changes,
    )


def _adjustable(path: Path, changes: Changes) -> None:
    """Check that the rubric has what is changed, and that it can be changed so."""
    from optreview.judgement import rubric  # noqa: PLC0415 - only who changes it reads its files

    standard = rubric.whole()
    scores, known = [each.id for each in standard.dimensions], [each.id for each in standard.criteria]
    try:
        for name in changes.weights.keys() - set(scores):
            raise unknown("score", name, scores, f"the scores are {', '.join(scores)}")
        for name in changes.criteria.keys() - set(known):
            raise unknown("criterion", name, known, "'optreview list criteria' names them")
        adjusting.adjusted(standard, changes)
    except InputError as fault:
        raise InputError(f"In {path}, tool.optreview.rubric cannot be used. {fault}") from None


def _accepted(path: Path, entry: _Ignore) -> Accepted:
    """An entry with its line, which the parser does not tell: the first one that holds its reason."""
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next((number for number, text in enumerate(lines, start=1) if entry.reason in text), 1)
    return Accepted(normal(entry.rule), entry.reason, path, line, entry.path)


def _known(path: Path, name: str) -> None:
    try:
        rule(name)
    except InputError as fault:
        raise InputError(f"[tool.optreview] of {path} cannot be used. {fault}") from None


def rule(name: str) -> str:
    """The id of the rule that a user names, with hyphens or underscores.

    Raises:
        InputError: There is no such rule.
    """
    known = plugins.ids(_RULES)
    if normal(name) not in known:
        raise unknown("rule", name, known, "'optreview list rules' names them")
    return normal(name)


def normal(name: str) -> str:
    """A rule's id as its file is named: underscores for hyphens."""
    return name.strip().replace("-", "_")


def _from(folder: Path, target: str) -> str:
    """A target of the section: a path counts from the section's file, a module's name stays as it is."""
    place = target.rpartition(":")[0] or target
    return str(folder / target) if (folder / place).exists() else target
