"""A traced run against optimizers whose every line is known by construction."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from optreview.evidence.dynamic.client import Job, Runner
from optreview.evidence.dynamic.trace.lines import ranges
from optreview.records import DynamicEvidence, Option, Trace
from tests.dynamic.conftest import SPECIMENS, lone

TRACED = SPECIMENS / "traced.py"
_MARK = re.compile(r"#.*?\b(writes|reads|keeps)\b ?(.*)$")
NAMES = [node.name for node in ast.parse(TRACED.read_text()).body if isinstance(node, ast.ClassDef)][1:]


def traces(runner: Runner, name: str, *configurations: tuple[Option, ...]) -> tuple[Trace, ...]:
    job = Job(
        target=lone(TRACED, name),
        files=("traced.py",),
        traces=configurations or ((),),
        only_traces=True,
        probes=(),
    )
    evidence = runner.measure(job)
    assert isinstance(evidence, DynamicEvidence), evidence
    assert evidence.failures == ()
    return evidence.traces


@cache
def look(runner: Runner, name: str) -> Trace:
    (found,) = traces(runner, name)
    return found


def marks(name: str) -> set[tuple[int, str, str]]:
    """What the comments say, as line, what, and its details."""
    text = TRACED.read_text()
    (node,) = [n for n in ast.parse(text).body if isinstance(n, ast.ClassDef) and n.name == name]
    lines = enumerate(text.splitlines()[: node.end_lineno], start=1)
    found = {(n, m[1], m[2]) for n, line in lines if n >= node.lineno and (m := _MARK.search(line))}
    assert found or name == "Rebinds"
    return found


@pytest.mark.parametrize("name", NAMES)
def test_writes_and_reads_are_those_that_the_comments_say(runner: Runner, name: str) -> None:
    trace = look(runner, name)
    writes = {
        (o.location.line, "writes", " ".join(filter(None, (o.role, o.state_key))))
        for o in trace.observations
        if o.kind == "in-place"
    }
    reads = {(o.location.line, "reads", "") for o in trace.observations if o.kind == "host-read"}
    assert writes | reads == {mark for mark in marks(name) if mark[1] != "keeps"}


@pytest.mark.parametrize("name", NAMES)
def test_state_is_created_where_the_comments_say(runner: Runner, name: str) -> None:
    own = [kept for kept in look(runner, name).state if not kept.inherited]
    found = {(k.created.line, "keeps", f"{k.key} {'/'.join(k.kinds)}") for k in own if k.created}
    assert found == {mark for mark in marks(name) if mark[1] == "keeps"}
    assert len(found) == len(own)


def test_the_state_of_a_driven_optimizer_is_told_apart(runner: Runner) -> None:
    assert [(kept.key, kept.inherited) for kept in look(runner, "Drives").state] == [
        ("momentum_buffer", True)
    ]


@pytest.mark.parametrize(
    ("name", "changed"), [("Plain", False), ("Views", True), ("Copies", False), ("Lists", True)]
)
def test_changed_gradients_are_noticed(runner: Runner, name: str, changed: bool) -> None:
    assert look(runner, name).gradients_mutated is changed


def test_an_option_is_traced_on_request_and_its_lines_run_only_then(runner: Runner) -> None:
    asked: tuple[Option, ...] = (Option(name="flip", value="True"),)
    plain, flipped = traces(runner, "OnlyOnceAsked", (), asked)
    (line,) = [n for n, t in enumerate(TRACED.read_text().splitlines(), 1) if t.strip() == "p.grad.neg_()"]
    assert (plain.options, flipped.options) == ((), asked)
    for trace, happens in ((plain, False), (flipped, True)):
        (executed,) = trace.executed
        spans = [part.split("-") for part in executed.lines.split(", ")]
        assert any(int(span[0]) <= line <= int(span[-1]) for span in spans) is happens
        writes = [o for o in trace.observations if o.location.line == line and o.kind == "in-place"]
        assert [w.role for w in writes] == (["gradient"] if happens else [])


def test_a_span_is_that_of_the_expression(runner: Runner) -> None:
    (write,) = [o for o in look(runner, "Plain").observations if o.kind == "in-place"]
    line = TRACED.read_text().splitlines()[write.location.line - 1]
    assert line[write.location.column - 1 : write.end.column - 1] == "p.add_(p.grad, alpha=-0.01)"


def test_the_same_run_gives_the_same_record(runner: Runner) -> None:
    assert traces(runner, "Stateful") == (look(runner, "Stateful"),)


def test_lines_are_written_as_ranges() -> None:
    assert ranges({3, 1, 2, 7, 9, 10}) == "1-3, 7, 9-10"


def test_the_span_of_a_decision_is_that_of_its_test(runner: Runner) -> None:
    lines = TRACED.read_text().splitlines()
    reads = [o for o in look(runner, "Reads").observations if o.kind == "host-read"]
    spans = {lines[o.location.line - 1][o.location.column - 1 : o.end.column - 1] for o in reads}
    assert {"norm > 1.0", "large", "norm.item()"} <= spans
