"""What a child says of the update rule is checked."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from optreview.evidence.dynamic.client import Job, Runner
from optreview.evidence.dynamic.tasks import unextracted
from optreview.evidence.dynamic.verify import contradiction
from optreview.evidence.dynamic.wire import Extracted
from optreview.records import (
    DynamicEvidence,
    Equations,
    EquationsProof,
    Failure,
    Kin,
    KnownRule,
    Option,
    ProgramProof,
    StateRole,
    UpdateRule,
)
from tests.dynamic.conftest import installed
from tests.dynamic.test_claims import JOB

ASKED = msgspec.structs.replace(JOB, rule=True)
SETTINGS = (Option(name="lr", value="0.8"), Option(name="momentum", value="0.1"))
PROOF = ProgramProof(verdict="proven", steps=20, agreed=20, settings=SETTINGS)
RULE = UpdateRule(settings=SETTINGS, ways=2, program=PROOF, idle=("eps",), mutates_gradient=False)
TEXT = Equations(
    dimensions=2, text="p ← p - lr * g", proof=EquationsProof(verdict="proven", error=0.0, steps=20)
)
SAME = Kin(entry="sgd", verdict="same", structure=0.0, behaviour=0.0)
REFUSED = UpdateRule(program=ProgramProof(verdict="not-extractable", reason="It computes with NumPy."))
LONG = "x" * 5000


def wrong(**lies: Any) -> UpdateRule:
    return msgspec.structs.replace(RULE, **lies)


def proof(**lies: Any) -> UpdateRule:
    return wrong(program=msgspec.structs.replace(PROOF, **lies))


@pytest.mark.parametrize("honest", [RULE, REFUSED])
def test_an_honest_rule_is_believed(honest: UpdateRule) -> None:
    assert contradiction([Extracted(rule=honest)], ASKED, "cpu") is None


@pytest.mark.parametrize(
    "lie",
    [
        wrong(settings=tuple(reversed(SETTINGS))),
        wrong(settings=(Option(name="lr", value="1\n"),)),
        wrong(settings=(Option(name="lr", value=LONG),)),
        wrong(ways=0),
        wrong(ways=10_000),
        wrong(idle=("\x1b[31m",)),
        wrong(idle=("x",) * 1000),
        wrong(mutates_gradient=None),
        proof(agreed=19),
        proof(agreed=21),
        proof(steps=0, agreed=0),
        proof(steps=10**9, agreed=10**9),
        proof(reason="It differs."),
        proof(verdict="unproven"),
        proof(verdict="unproven", reason="It differs."),
        proof(verdict="unproven", agreed=3, reason="a\u202eb"),
        proof(verdict="unproven", agreed=3, reason=LONG),
        proof(verdict="errored", reason="It broke down."),
        msgspec.structs.replace(REFUSED, ways=1),
    ],
)
def test_a_false_rule_is_noticed(lie: UpdateRule) -> None:
    assert contradiction([Extracted(rule=lie)], ASKED, "cpu") is not None


def test_a_rule_comes_once_and_only_where_it_was_asked_for() -> None:
    one = Extracted(rule=RULE)
    assert contradiction([one, one], ASKED, "cpu") is not None
    assert contradiction([one], JOB, "cpu") is not None


def test_the_box_proves_adamw(runner: Runner) -> None:
    job = Job(
        target=installed("torch.optim.adamw", "AdamW"), only_traces=True, probes=(), traces=(), rule=True
    )
    found = runner.measure(job)
    assert isinstance(found, DynamicEvidence)
    assert found.rule is not None
    assert found.rule.program.verdict == "proven", found.rule
    assert found.rule.mutates_gradient is False


def test_what_ends_early_is_told_as_a_rule_that_broke_down() -> None:
    told = unextracted(Failure(kind="not-driven", message="It took too long."))
    assert isinstance(told, Extracted)
    assert contradiction([told], ASKED, "cpu") is None
    assert told.rule.program == ProgramProof(verdict="errored", reason="It took too long.")


EQUATIONS = Equations(
    dimensions=2,
    text="m ← EMA[beta](g)\np ← p - lr * m'",
    proof=EquationsProof(verdict="proven", error=3e-16, steps=20),
    roles=(StateRole(name="m", place="state.m", kind="mean", of="g", decay="beta"),),
    places=(Option(name="lr", value="group.lr"),),
)


@pytest.mark.parametrize(
    ("lie", "of_proof"),
    [
        ({"text": "p ← p\x1b[31m"}, {}),
        ({"text": LONG * 10}, {}),
        ({"text": ""}, {}),
        ({"blocks": ("\u202e",)}, {}),
        ({"blocks": ("x",) * 10_000}, {}),
        ({"places": (Option(name="lr", value="a\nb"),)}, {}),
        ({"roles": (StateRole(name="m\n", place="state.m", kind="other"),)}, {}),
        ({"dimensions": -1}, {}),
        ({}, {"error": 1e-3}),
        ({}, {"error": -1.0}),
        ({}, {"error": float("inf")}),
        ({}, {"error": None}),
        ({}, {"steps": -1}),
        ({}, {"verdict": "unproven", "error": None, "reason": "a\nb"}),
    ],
)
def test_false_equations_are_noticed(lie: dict[str, Any], of_proof: dict[str, Any]) -> None:
    told = msgspec.structs.replace(EQUATIONS, **lie)
    told = msgspec.structs.replace(told, proof=msgspec.structs.replace(told.proof, **of_proof))
    assert contradiction([Extracted(rule=wrong(equations=(EQUATIONS,)))], ASKED, "cpu") is None
    assert contradiction([Extracted(rule=wrong(equations=(told,)))], ASKED, "cpu") is not None


def test_equations_of_nothing_or_of_too_much_are_noticed() -> None:
    for lie in (wrong(equations=(EQUATIONS,) * 3), msgspec.structs.replace(REFUSED, equations=(EQUATIONS,))):
        assert contradiction([Extracted(rule=lie)], ASKED, "cpu") is not None


def test_equations_without_a_text_cannot_be_proven() -> None:
    told = msgspec.structs.replace(EQUATIONS, text="")
    assert contradiction([Extracted(rule=wrong(equations=(told,)))], ASKED, "cpu") is not None


def kinned(**lies: Any) -> UpdateRule:
    return wrong(equations=(TEXT,), kin=(msgspec.structs.replace(SAME, **lies),))


COMPARED = msgspec.structs.replace(ASKED, known=(KnownRule(entry="sgd", name="SGD"),))


def test_honest_kin_are_believed() -> None:
    assert contradiction([Extracted(rule=kinned())], COMPARED, "cpu") is None


@pytest.mark.parametrize(
    "lie",
    [
        kinned(entry="unheard-of"),
        kinned(structure=1.5),
        kinned(behaviour=float("nan")),
        kinned(behaviour=None),
        kinned(differences=("a",)),
        kinned(verdict="graded", differences=("\x1b[31m",)),
        wrong(kin=(SAME,)),
        wrong(equations=(TEXT,), kin=(SAME, SAME)),
    ],
)
def test_kin_that_cannot_be_are_not_believed(lie: UpdateRule) -> None:
    assert contradiction([Extracted(rule=lie)], COMPARED, "cpu") is not None
