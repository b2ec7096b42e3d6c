"""The catalogue's equations beside the implementations that stand for them, in float64."""

import ast
import importlib
import importlib.metadata
import inspect
import math
import re
import warnings
from dataclasses import replace
from typing import Any

import pytest
import torch

from optreview.evidence.dynamic.rule.language import Rule, parse, render
from optreview.judgement import catalogue
from optreview.notation import syntax

ENTRIES: dict[str, Any] = {entry.id: entry for entry in catalogue.load() if entry.reference}
WRITTEN = [name for name, entry in ENTRIES.items() if entry.equations]
AS_CODED = [name for name, entry in ENTRIES.items() if entry.reference.equations]
STEPS = 20
SHAPES = ((4, 3), (5,))
TOLERANCE = 1e-6
#: Shapes with the entries whose reference takes no such parameter.
REFUSED: set[tuple[tuple[int, ...], str]] = set()
PLACE = re.compile(r"(?P<argument>[A-Za-z_]\w*)(?:\[(?P<index>\d+)\])?")


@pytest.fixture(autouse=True)
def _double():
    """Some optimizers keep scalars of their state in torch's default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def implementation(entry):
    module, name = entry.reference.implementation.split(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(importlib.import_module(module), name)


def options(entry):
    return {name: ast.literal_eval(text) for name, text in entry.reference.options.items()}


def arguments(entry):
    """What the reference is constructed with when nothing else is said."""
    signature = inspect.signature(implementation(entry)).parameters
    return {**{n: p.default for n, p in signature.items() if p.default is not p.empty}, **options(entry)}


def place(entry, name):
    """The argument that a name of the equations stands for, and the index in it."""
    found = PLACE.fullmatch(entry.bind.get(name, name))
    assert found, name
    return found["argument"], None if found["index"] is None else int(found["index"])


def other(value):
    """Another value of the same kind; a tiny one becomes large enough to show where it stands."""
    if abs(value) < 1e-4:
        return 0.01
    return 1 - (1 - value) * 1.9 if 0.5 <= value < 1 else value * 1.7


def hyperparameters(entry):
    """The names that the equations and the initial values leave to the reference's arguments."""
    values = (f"x ← {text}" for text in entry.initial.values())
    texts = [entry.equations or "", entry.reference.equations or "", *values]
    return sorted(set().union(*(parse(text).names.read for text in texts)) - {"g", "p", "t", *entry.initial})


def settings(entry):
    """The reference's defaults, and all hyperparameters that the equations name changed."""
    given = arguments(entry)
    for changed in ((), hyperparameters(entry)):
        chosen = dict(given)
        for name in changed:
            argument, index = place(entry, name)
            value = chosen[argument]
            if index is None:
                chosen[argument] = other(value)
            else:
                chosen[argument] = (*value[:index], other(value[index]), *value[index + 1 :])
        yield options(entry) | {name: value for name, value in chosen.items() if value is not given[name]}


def read(entry, given, name):
    argument, index = place(entry, name)
    value = {**arguments(entry), **given}[argument]
    return value if index is None else value[index]


def initial(entry, start, values):
    given = {name: value for name, value in values.items() if name not in {"p"}}
    return {
        name: parse(f"x ← {text}").run({"p": start}, given)["x"].expand_as(start).clone()
        for name, text in entry.initial.items()
    }


def error(entry, equations, given, shape):
    """How far the rule is from the reference, relative to how far the reference has moved; the worst step."""
    rule = parse(equations)
    values = {name: read(entry, given, name) for name in hyperparameters(entry)}
    generator = torch.Generator().manual_seed(7)
    start = torch.randn(shape, generator=generator)
    parameter = torch.nn.Parameter(start.clone())
    optimizer = implementation(entry)([parameter], **given)
    if hasattr(optimizer, "train"):
        optimizer.train()
    state = {name: torch.zeros(shape) for name in rule.names.state}
    state |= {"p": start, **initial(entry, start, values)}
    worst = 0.0
    for t in range(1, STEPS + 1):
        scale = 10 ** torch.empty(shape).uniform_(-1, 0.5, generator=generator)
        g = torch.randn(shape, generator=generator) * scale + 0.3 * start
        parameter.grad = g.clone()
        optimizer.step()
        state = rule.run(state, {**values, "g": g, "t": t})
        moved = float((parameter.detach() - start).norm())
        wrong = float((state["p"] - parameter.detach()).norm())
        relative = wrong / moved if moved else wrong
        worst = max(worst, relative if math.isfinite(relative) else math.inf)
    assert moved > 0, "the reference has not moved"
    return worst


def errors(entry, equations):
    """By setting and shape; shapes that the reference refuses are left out."""
    found = {}
    for given in settings(entry):
        for shape in SHAPES:
            if (shape, entry.id) in REFUSED:
                continue
            try:
                found[str(given), shape] = error(entry, equations, given, shape)
            except ValueError:
                REFUSED.add((shape, entry.id))
    assert found
    return found


@pytest.mark.parametrize("name", WRITTEN)
def test_equations_run_like_the_reference_unless_a_deviation_is_named(name):
    entry = ENTRIES[name]
    found = errors(entry, entry.equations)
    if entry.deviations:
        assert max(found.values()) > TOLERANCE, "the deviation does not show"
    else:
        assert {key: value for key, value in found.items() if not value < TOLERANCE} == {}


@pytest.mark.parametrize("name", AS_CODED)
def test_the_references_own_equations_run_like_it(name):
    entry = ENTRIES[name]
    assert bool(entry.deviations) == bool(entry.equations)
    found = errors(entry, entry.reference.equations)
    assert {key: value for key, value in found.items() if not value < TOLERANCE} == {}


@pytest.mark.parametrize("name", sorted({*WRITTEN, *AS_CODED}))
def test_a_wrong_sign_in_the_parameters_line_is_seen(name):
    entry = ENTRIES[name]
    rule = parse(entry.reference.equations or entry.equations)
    wrong = Rule(turned(rule.lines))
    assert wrong != rule
    *_, changed = settings(entry)
    assert error(entry, render(wrong), changed, SHAPES[0]) > TOLERANCE


def turned(lines):
    """Lines with the outermost plus or minus of every line of the parameter's turned around."""
    return tuple(turned_line(line) for line in lines)


def turned_line(line):
    if isinstance(line, syntax.Branch):
        return replace(line, then=turned(line.then), otherwise=turned(line.otherwise))
    if line.name != "p":
        return line
    value = line.value
    if isinstance(value, syntax.Operation) and value.operator in "+-":
        return replace(line, value=replace(value, operator="-" if value.operator == "+" else "+"))
    return replace(line, value=syntax.Negative(value))


@pytest.mark.parametrize("name", ENTRIES)
def test_the_reference_is_there_and_has_the_named_arguments(name):
    entry = ENTRIES[name]
    try:
        version = importlib.metadata.version(entry.reference.package)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{entry.reference.package} is not installed")
    if version.partition("+")[0] != entry.reference.version:
        pytest.skip(f"{entry.reference.package} {version} is installed, not {entry.reference.version}")
    known = inspect.signature(implementation(entry)).parameters
    named = [*entry.reference.options, *(place(entry, each)[0] for each in entry.bind)]
    assert set(named) <= known.keys()
    assert {each.partition("[")[0] for each in entry.symbols} <= known.keys()
