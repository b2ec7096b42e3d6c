"""Source against run, on made-up records whose disagreements are known: each check hits, and is silent."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from optreview.evidence.join import checks, join
from optreview.evidence.join.beside import matches, numbers
from optreview.judgement.ledger import open_ledger
from optreview.records import (
    Confirmation,
    Evidence,
    ExecutedLines,
    Finding,
    InPlaceSite,
    Joined,
    KeptState,
    Location,
    Observation,
    Position,
    Role,
    SparseVerdict,
    StateBuffer,
    StaticEvidence,
    Trace,
)
from tests import samples

LENGTH = 10


def at(line: int) -> Location:
    return Location(file="toy.py", line=line, column=5)


def end(line: int) -> Position:
    return Position(line=line, column=5 + LENGTH)


def saw(
    kind: Literal["in-place", "host-read"], line: int, role: Role | None = None, key: str | None = None
) -> Observation:
    return Observation(kind=kind, location=at(line), end=end(line), role=role, state_key=key)


def site(line: int, role: Role, key: str | None = None, *, certain: bool = True) -> InPlaceSite:
    return InPlaceSite(
        location=at(line), end=end(line), expression="x.add_(1)", role=role, certain=certain, state_key=key
    )


def kept(key: str, line: int, *, inherited: bool = False) -> KeptState:
    return KeptState(key=key, kinds=("full-size",), created=at(line), inherited=inherited)


def ran(
    *observations: Observation, lines: str = "1-99", state: tuple[KeptState, ...] = (), **more: Any
) -> Trace:
    return Trace(
        options=(),
        steps=12,
        observations=observations,
        state=state,
        executed=(ExecutedLines(file="toy.py", lines=lines),),
        gradients_mutated=more.pop("gradients_mutated", False),
    )


def finding(rule: str, line: int) -> Finding:
    return Finding(rule=rule, location=at(line), end=end(line), message="It happens.", confidence="likely")


def source(**more: Any) -> StaticEvidence:
    usual: dict[str, Any] = {
        "state_buffers": (),
        "in_place_sites": (),
        "findings": (),
        "sparse": SparseVerdict(handling="unmentioned"),
        "rules": ("gradient_mutated", "host_sync", "tensor_as_number"),
    }
    return msgspec.structs.replace(samples.static(), **{**usual, **more})


def joined(static: StaticEvidence, *traces: Trace, sparse: str | None = None) -> Joined:
    tried = (
        ()
        if sparse is None
        else (samples.measured("sparse_gradients", sparse, "verdict", note="It was tried."),)
    )
    bare = msgspec.structs.replace(samples.dynamic(), runs=(), options=(), measurements=tried, traces=traces)
    found = join(static, bare)
    assert found is not None
    return found


def hits(found: Joined) -> list[tuple[str, int]]:
    return [(f.rule, f.location.line) for f in found.findings]


def buffer(key: str, gate: str | None = None) -> StateBuffer:
    return StateBuffer(key=key, kind="full-size", sites=(at(8),), gate=gate)


AGREEMENTS: dict[str, tuple[StaticEvidence, Trace]] = {
    "a buffer that appears": (source(state_buffers=(buffer("a"),)), ran(state=(kept("a", 8),))),
    "a gated buffer that does not": (source(state_buffers=(buffer("a", "amsgrad"),)), ran()),
    "a key that a pattern explains": (source(state_buffers=(buffer("a_*"),)), ran(state=(kept("a_1", 8),))),
    "another optimizer's key": (source(), ran(state=(kept("a", 8, inherited=True),))),
    "a listed write": (source(in_place_sites=(site(3, "parameter"),)), ran(saw("in-place", 3, "parameter"))),
    "a write into a temporary": (source(), ran(saw("in-place", 3, "temporary"))),
    "one role of two": (
        source(in_place_sites=(site(3, "parameter"), site(3, "state", "a"))),
        ran(saw("in-place", 3, "state", "a")),
    ),
    "a role that was not followed": (
        source(in_place_sites=(site(3, "unknown"),)),
        ran(saw("in-place", 3, "parameter")),
    ),
    "state without a key": (
        source(in_place_sites=(site(3, "state", "a"),)),
        ran(saw("in-place", 3, "state")),
    ),
    "a gradient that is written": (
        source(in_place_sites=(site(3, "gradient"),)),
        ran(saw("in-place", 3, "gradient"), gradients_mutated=True),
    ),
    "a gradient on a path not taken": (source(in_place_sites=(site(3, "gradient"),)), ran(lines="1-2")),
    "a gradient on some paths": (source(in_place_sites=(site(3, "gradient", certain=False),)), ran()),
    "a read that is named": (source(findings=(finding("host_sync", 4),)), ran(saw("host-read", 4))),
    "a read, where the rule did not run": (source(rules=("gradient_mutated",)), ran(saw("host-read", 4))),
}


@pytest.mark.parametrize("name", AGREEMENTS)
def test_agreement_is_silent(name: str) -> None:
    static, trace = AGREEMENTS[name]
    assert hits(joined(static, trace)) == []


DISAGREEMENTS: dict[str, tuple[StaticEvidence, Trace, tuple[str, int]]] = {
    "a buffer whose line ran": (source(state_buffers=(buffer("a"),)), ran(), ("buffer_never_appeared", 8)),
    "a buffer whose line never ran": (
        source(state_buffers=(buffer("a"),)),
        ran(lines="1-7"),
        ("buffer_never_appeared", 8),
    ),
    "a key that nothing explains": (
        source(state_buffers=(buffer("a_*"),)),
        ran(state=(kept("a_1", 8), kept("b", 9))),
        ("state_unexplained", 9),
    ),
    "a write that is not listed": (source(), ran(saw("in-place", 3, "state", "a")), ("write_unlisted", 3)),
    "a write beside a listed one": (
        source(in_place_sites=(site(2, "parameter"),)),
        ran(saw("in-place", 2, "parameter"), saw("in-place", 3, "parameter")),
        ("write_unlisted", 3),
    ),
    "another role": (
        source(in_place_sites=(site(3, "state", "a"),)),
        ran(saw("in-place", 3, "parameter")),
        ("role_contradicted", 3),
    ),
    "another key": (
        source(in_place_sites=(site(3, "state", "a"),)),
        ran(saw("in-place", 3, "state", "b")),
        ("role_contradicted", 3),
    ),
    "a gradient that is not written": (
        source(in_place_sites=(site(3, "gradient"),)),
        ran(saw("in-place", 3, "temporary")),
        ("gradient_disagrees", 3),
    ),
    "a gradient that changes unread": (source(), ran(gradients_mutated=True), ("gradient_disagrees", 3)),
    "a read that is not named": (
        source(findings=(finding("host_sync", 4),)),
        ran(saw("host-read", 4), saw("host-read", 5)),
        ("host_read_unlisted", 5),
    ),
}


@pytest.mark.parametrize("name", DISAGREEMENTS)
def test_disagreement_is_found_where_it_is(name: str) -> None:
    static, trace, expected = DISAGREEMENTS[name]
    assert hits(joined(static, trace)) == [expected]


@pytest.mark.parametrize(
    ("handling", "tried", "disagree"),
    [
        ("rejected", "rejected", False),
        ("rejected", "handled", True),
        ("handled", "handled", False),
        ("handled", "differs", False),
        ("handled", "failed", True),
        ("handled", "ignored", True),
        ("unmentioned", "failed", False),
        ("rejected", None, False),
    ],
)
def test_sparse_verdicts(
    handling: Literal["rejected", "handled", "unmentioned"], tried: str | None, disagree: bool
) -> None:
    verdict = SparseVerdict(handling=handling, locations=(at(6),))
    found = joined(source(sparse=verdict), ran(), sparse=tried)
    assert hits(found) == ([("sparse_disagrees", 6)] if disagree else [])


def test_a_rejection_that_the_source_foresees_with_some_options_is_no_disagreement() -> None:
    for condition, expected in (("momentum", []), (None, [("sparse_disagrees", 6)])):
        verdict = SparseVerdict(handling="handled", locations=(at(6),), rejected_when=condition)
        assert hits(joined(source(sparse=verdict), ran(), sparse="rejected")) == expected


def test_findings_are_borne_out_refuted_or_neither() -> None:
    static = source(findings=tuple(finding("host_sync", line) for line in (4, 5, 60)))
    found = joined(static, ran(saw("host-read", 4), lines="1-20"))
    assert found.confirmations == (
        Confirmation(rule="host_sync", location=at(4), verdict="seen"),
        Confirmation(rule="host_sync", location=at(5), verdict="not-seen"),
        Confirmation(rule="host_sync", location=at(60), verdict="not-reached"),
    )


def test_a_trace_that_was_cut_short_refutes_nothing() -> None:
    static = source(findings=(finding("host_sync", 5),))
    cut = msgspec.structs.replace(ran(), complete=False)
    (confirmation,) = joined(static, cut).confirmations
    assert confirmation.verdict == "not-reached"


def test_a_refuted_finding_no_longer_counts() -> None:
    static = source(findings=(finding("host_sync", 4), finding("host_sync", 5)))
    found = joined(static, ran(saw("host-read", 4)))
    both = Evidence(static=static, dynamic=samples.dynamic(), not_run=None, joined=found)
    alone = Evidence(static=static, dynamic=samples.dynamic(), not_run=None)
    assert open_ledger(both)["rule:host_sync"].locations == (at(4),)
    assert open_ledger(alone)["rule:host_sync"].locations == (at(4), at(5))


def test_a_call_that_begins_at_its_method_is_the_same_place() -> None:
    long = msgspec.structs.replace(site(3, "parameter"), end=Position(line=5, column=10))
    late = Observation(
        kind="in-place",
        location=Location(file="toy.py", line=4, column=10),
        end=Position(line=5, column=10),
        role="parameter",
    )
    assert hits(joined(source(in_place_sites=(long,)), ran(late))) == []


def test_without_a_traced_run_there_is_nothing_to_join() -> None:
    assert join(source(), msgspec.structs.replace(samples.dynamic(), traces=())) is None


@pytest.mark.parametrize("check", checks.catalogue(), ids=lambda check: check.id)
def test_every_check_says_what_it_is(check: Any) -> None:
    assert check.title.endswith(".")
    assert len(check.documentation) > len(check.title)
    assert check.remedy.endswith(".")


def test_every_check_is_seen_to_hit() -> None:
    shown = {rule for _, _, (rule, _) in DISAGREEMENTS.values()} | {"sparse_disagrees"}
    assert shown == {check.id for check in checks.catalogue()}


@pytest.mark.parametrize(
    ("pattern", "key", "same"),
    [("a", "a", True), ("a", "ab", False), ("a_*", "a_1", True), ("*_a", "a", False), ("a[*]", "a[0]", True)],
)
def test_patterns(pattern: str, key: str, same: bool) -> None:
    assert matches(pattern, key) is same


def test_ranges_are_read_back() -> None:
    assert list(numbers("1-3, 7, 9-10")) == [1, 2, 3, 7, 9, 10]
