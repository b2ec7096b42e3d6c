"""The page on the update rule: equations as maths, roles in words, proofs with their figures."""

from __future__ import annotations

import io

import pytest
import sympy
from rich.console import Console

from optreview.evidence.dynamic.rule.equations.roles import role
from optreview.evidence.dynamic.trials.latecomer import COUPLED
from optreview.evidence.dynamic.trials.probe import not_applicable
from optreview.records import (
    Equations,
    EquationsProof,
    Meaning,
    Measurement,
    Option,
    ProgramProof,
    StateRole,
    UpdateRule,
)
from optreview.report import terminal
from optreview.report.view.roles import as_printed, lasting
from optreview.report.view.rule import build
from tests import samples
from tests.report.test_page import page, review

TEXT = "m ← EMA[beta1](g)\np ← p - lr * m'"
PROVEN = EquationsProof(verdict="proven", error=2e-15, steps=20)
REPLAYED = ProgramProof(verdict="proven", steps=20, agreed=20)


def written(*equations: Equations, program: ProgramProof = REPLAYED, **more: object) -> str:
    recorded = program.verdict in {"proven", "unproven"}
    rule = UpdateRule(program=program, ways=2 if recorded else 0, equations=equations, **more)  # type: ignore[arg-type]
    text: str = page(samples.evidence(dynamic=samples.dynamic(rule=rule)))
    return text.partition("### The step")[2].partition("\n### ")[0]


def on(dimensions: int, text: str = TEXT, proof: EquationsProof = PROVEN, **more: object) -> Equations:
    return Equations(dimensions=dimensions, text=text, proof=proof, **more)  # type: ignore[arg-type]


def test_equations_are_shown_as_maths_with_their_proofs() -> None:
    text = written(on(2))
    assert "```math\n\\begin{aligned}\n&m \\leftarrow \\mathrm{EMA}_{\\beta_{1}}" in text
    assert "end within about 2e-15 of how far the weights had moved" in text
    assert "20 steps agreed to the bit" in text
    assert "EMA with the index β is the running mean" in text
    assert "Unproven" not in text
    assert "On a matrix" not in text


def test_functions_with_the_names_of_the_code_are_told_of() -> None:
    known = Meaning(block="normalize", property="unit_columns", says="every column divided by its norm")
    again, bare = Meaning(block="root", property="r", says="A^2"), Meaning(block="flip")
    text = written(on(2, meanings=(known, bare)))
    assert (
        "were tried: `normalize` (every column divided by its norm); of `flip` the name alone is known."
        in text
    )
    assert "of which the name alone is known: `flip`." in written(on(2, meanings=(bare,)))
    assert "of `flip` and `sort` the name alone" in written(on(2, blocks=("sort",), meanings=(known, bare)))
    other = Meaning(block="root", property="r", says="A^3")
    assert "`root` (A^2 or A^3)." in written(on(2, meanings=(again,)), on(1, "p ← p - g", meanings=(other,)))
    assert "keep their name" not in written(on(2))


def test_sums_that_may_be_over_all_tensors_are_told_of() -> None:
    """Joined elements alone may be of one tensor, and tensors that act on each other alone need no sum."""
    joined, apart = "p ← p - lr * g / sum(abs(g))", "p ← p - lr * g"
    hangs = Measurement(
        id="unfrozen_parameter_starts_fresh",
        value=None,
        unit="outcome",
        presence="not-applicable",
        note=not_applicable(COUPLED).note,
    )
    for text, notes, told in ((joined, (hangs,), True), (joined, (), False), (apart, (hangs,), False)):
        rule = UpdateRule(program=REPLAYED, ways=1, equations=(on(2, text),))
        found = build(samples.dynamic(rule=rule, measurements=notes))
        assert found is not None
        assert found.shared is told


def test_a_matrix_and_a_vector_are_told_apart() -> None:
    text = written(on(2), on(1, "p ← p - lr * g"))
    assert text.index("On a matrix:") < text.index("On a vector:")


def test_equations_of_tall_matrices_alone_are_headed_so() -> None:
    text = written(on(2, only="tall"))
    assert "On a matrix with more rows than columns:" in text
    assert "On a matrix with more columns than rows they were not seen to hold." in text
    assert "not seen to hold" not in written(on(2))


def test_what_state_is_on_a_matrix_alone_is_not_said_of_all_tensors() -> None:
    mean = StateRole(name="m", place="state.m", kind="mean", of="g", decay="beta1")
    other = StateRole(name="m", place="state.m", kind="mean", of="mean(g)", decay="beta1")
    vector = on(1, "m ← EMA[beta1](mean(g))\np ← p - lr * m'", roles=(other,))
    assert "- On a matrix: `m` is a running mean of `g`" in written(on(2, roles=(mean,)), vector)
    rule = UpdateRule(program=REPLAYED, ways=2, equations=(on(2, roles=(mean,)), vector))
    text: str = page(samples.evidence(dynamic=samples.dynamic(rule=rule)))
    assert "| `m` | EMA | " in text


def test_what_is_not_proven_says_so() -> None:
    far = EquationsProof(verdict="unproven", error=0.02, steps=20)
    text = written(on(2, proof=far, casts=("bfloat16",)))
    assert "**Unproven:**" in text
    assert "differ by 2e-02" in text
    assert "rounds to bfloat16" in text
    none = EquationsProof(verdict="unproven", reason="It has no equations: it draws random numbers.")
    text = written(on(2, text="", proof=none))
    assert "It has no equations: it draws random numbers." in text
    assert "```math" not in text


def test_one_reason_for_no_equations_is_said_once() -> None:
    none = EquationsProof(verdict="unproven", reason="It has no equations: it draws random numbers.")
    text = written(on(2, text="", proof=none), on(1, text="", proof=none))
    assert text.count("it draws random numbers") == 1
    assert "On a" not in text
    assert written(on(2, text="", proof=none), on(1)).count("On a") == 2


def test_a_rule_that_cannot_be_extracted_says_why() -> None:
    text = written(program=ProgramProof(verdict="not-extractable", reason="It computes with NumPy."))
    assert "The update rule could not be extracted: It computes with NumPy." in text


def test_a_replay_that_disagrees_is_told() -> None:
    apart = ProgramProof(verdict="unproven", steps=20, agreed=3, reason="step 4: param.0")
    text = written(on(2), program=apart)
    assert "of 20 steps, 3 agreed to the bit; step 4: param.0" in text


def test_roles_are_sentences() -> None:
    roles = (
        StateRole(name="m", place="state.m", kind="mean", of="g", decay="beta1"),
        StateRole(name="s", place="state.s", kind="sum", of="g^2", initial="1"),
        StateRole(name="u", place="state.u", kind="maximum", of="abs(g)"),
        StateRole(name="x", place="state.x", kind="other"),
    )
    lines = "m ← EMA[beta1](g)\ns ← s + g^2\nu ← max(u, abs(g))\nx ← x * x\np ← p - lr * m'"
    text = written(on(2, lines, roles=roles))
    assert "- `m` is a running mean of `g` with the decay `beta1`." in text
    assert "- `s` adds up `g^2`, starting at `1`." in text
    assert "- `u` is the largest `abs(g)` so far." in text
    assert "- `x`" not in text


def test_roles_say_of_which_tensors_and_cases_they_are() -> None:
    mean = StateRole(name="m", place="state.m", kind="mean", of="g", decay="beta1")
    first = "if t == 1:\n  m ← g\nelse:\n  m ← EMA[beta1](g)\np ← p - lr * m'"
    copied = StateRole(name="m", place="state.m", kind="copy", of="g")
    counter = StateRole(name="step", place="state.step", kind="counter")
    unproven = EquationsProof(verdict="unproven", error=0.02, steps=20)
    said = "`m` is a running mean of `g` with the decay `beta1`."
    assert f"- In a case of the equations: {said}" in written(on(2, first, roles=(mean,)))
    assert "- `m`" not in written(on(2, first, roles=(copied,)))
    assert "- `m`" not in written(on(2, "p ← p - lr * g", roles=(mean,)))
    both = written(on(2, roles=(mean, counter)), on(1, "p ← p - lr * g", roles=(counter,)))
    assert f"- On a matrix: {said}" in both
    assert both.count("- `step` counts steps.") == 1
    assert written(on(2, roles=(mean,)), on(1, TEXT, roles=(mean,))).count(f"- {said}") == 1
    assert f"- By equations that are not proven: {said}" in written(on(2, TEXT, unproven, roles=(mean,)))


def test_settings_and_idle_hyperparameters_are_named() -> None:
    text = written(on(2), settings=(Option(name="weight_decay", value="0.1"),), idle=("eps", "foo"))
    assert "Read with `weight_decay=0.1`, as terms vanish at its default." in text
    assert (
        "Varying `eps` and `foo` alone, to a value near by, changed no weight in 12 steps in float32" in text
    )


def test_what_is_corrected_is_read_off_proven_equations_that_have_no_such_power_elsewhere() -> None:
    def corrected(text: str, proof: EquationsProof = PROVEN) -> tuple[str, ...]:
        rule = UpdateRule(program=REPLAYED, ways=1, equations=(on(2, text, proof), on(1, "p ← p - lr * g")))
        found = build(samples.dynamic(rule=rule))
        assert found is not None
        return found.corrected

    both = "m_hat = m' / (1 - beta1^t)\n  v_hat = v' / (1 - beta2^t)\np ← p - lr * m_hat / sqrt(v_hat)"
    assert corrected(both) == ("m", "v")
    assert corrected(both + " * sqrt(1 - beta2^t)") == ()
    assert corrected("p ← p - lr * m'") == ()
    assert corrected(both, EquationsProof(verdict="unproven", error=0.02, steps=20)) == ()


def test_text_that_is_no_rule_is_not_shown() -> None:
    text = written(on(2, text="p ← $x$ ``` <b>"))
    assert "<b>" not in text
    assert "```math" not in text


def shown(*equations: Equations) -> str:
    rule = UpdateRule(program=REPLAYED, ways=2, equations=equations)
    evidence = samples.evidence(dynamic=samples.dynamic(rule=rule))
    console = Console(file=io.StringIO(), width=100)
    terminal.show([(review(evidence), None)], console)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_the_terminal_has_the_equations_as_text() -> None:
    text = shown(on(2), on(1, "p ← p - lr * g"))
    assert "(proven; the page has 1 more kind of" in text
    assert "  m ← EMA[beta1](g)\n  p ← p - lr * m'\n" in text


def test_the_terminal_cuts_a_rule_that_is_long() -> None:
    many = "\n".join(f"x{n} = {n}" for n in range(20))
    text = shown(on(2, many))
    assert "x11 = 11" in text
    assert "x12" not in text
    assert "8 more lines on the page" in text


def test_what_an_entry_is_for_is_what_the_proven_equations_make_of_it() -> None:
    """The source is read as something; once a run has proven the recurrence, that is told, and no more."""
    key = samples.dynamic().runs[0].buffers[0].key

    def purpose(proof: EquationsProof, kind: str = "decayed-sum") -> str:
        role = StateRole(name=key, place=f"state.{key}", kind=kind, of="g^2", decay="beta")  # type: ignore[arg-type]
        rule = UpdateRule(
            program=REPLAYED, ways=1, equations=(on(2, "p ← p - lr * g", proof, roles=(role,)),)
        )
        text: str = page(samples.evidence(dynamic=samples.dynamic(rule=rule)))
        (line,) = (
            each for each in text.splitlines() if each.startswith(f"| `{key}` | ") and "Created" not in each
        )
        return line.split(" | ")[1]

    unproven = EquationsProof(verdict="unproven", error=0.02, steps=20)
    assert purpose(PROVEN) == "decayed sum of `g^2`"
    assert purpose(PROVEN, "mean") == "EMA of `g^2`"
    assert purpose(unproven) == purpose(PROVEN, "other")
    assert "g^2" not in purpose(unproven)


def test_entries_are_told_in_the_names_that_the_equations_have() -> None:
    """The record knows them by long formulas; what is assigned in cases keeps what the record says."""
    lines = """\
u = g / h
m ← EMA[beta](u)
x ← x - u
l ← u
if t > 1:
  s ← s + g
else:
  s ← s + 2 * g
p ← p - m'"""
    kinds = {"m": "mean", "x": "sum", "l": "copy", "s": "sum"}
    roles = tuple(
        StateRole(name=name, place=f"state.{name}", kind=kind, of="g / (a + b)", decay="beta")  # type: ignore[arg-type]
        for name, kind in kinds.items()
    )
    found = {role.name: role.of for role in as_printed(on(2, lines, roles=roles))}
    assert found == {"m": "u", "x": "-u", "l": "u", "s": "g / (a + b)"}
    assert as_printed(on(2, "no rule at all", roles=roles)) == roles


@pytest.mark.parametrize(
    ("lines", "latest"),
    [
        ("m ← g", True),
        ("if t == 1:\n  m ← g\nelse:\n  m ← g\n  p ← p - lr", True),
        ("if t == 1:\n  m ← g", False),  # the first, which is kept
        ("if t == 1:\n  m ← g\nelse:\n  m ← -g", False),
    ],
)
def test_the_latest_is_what_every_step_copies(lines: str, latest: bool) -> None:
    copied = StateRole(name="m", place="state.m", kind="copy", of="g")
    assert lasting(on(2, f"{lines}\np ← p - lr * m'", roles=(copied,))) == ((copied,) if latest else ())


def test_what_a_step_leaves_as_it_was_adds_nothing_up() -> None:
    kept = StateRole(name="m", place="state.m", kind="sum", of="0")
    assert "- `m`" not in written(on(2, "m ← m\np ← p - lr * m'", roles=(kept,)))
    old = sympy.Symbol("m")
    assert role(old, old, ()).kind == "other"
