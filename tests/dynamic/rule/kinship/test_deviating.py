"""What deviates from a paper's equations is found by running both; what only looks otherwise is not told."""

from __future__ import annotations

import textwrap
from functools import cache

import pytest
from msgspec import structs

from optreview.evidence.dynamic.rule.kinship.deviating import known_departures, paper
from optreview.judgement import catalogue
from optreview.records import (
    EquationLine,
    Equations,
    Kin,
    KnownRule,
    Location,
    Option,
    OriginLine,
    Paper,
    UpdateRule,
)

ADAM = """
m ← EMA[beta1](g)
v ← EMA[beta2](g^2)
p ← p - lr * (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + eps)
"""


@cache
def entry(name: str) -> tuple[KnownRule, catalogue.Canonical]:
    (known,) = [each for each in catalogue.known_rules("") if each.entry == name]
    (canonical,) = [each for each in catalogue.canonical() if each.entry == name]
    return structs.replace(known, named=True), canonical


def beside(name: str, changed: str = "", lines: tuple[EquationLine, ...] = ()) -> Paper:
    """The reference of an entry, or another text with its hyperparameters, beside the entry's paper."""
    known, canonical = entry(name)
    first: Equations = canonical.equations[0]
    roles = () if changed else first.roles
    made = structs.replace(first, text=changed.strip() or first.text, roles=roles, lines=lines)
    assert canonical.program is not None
    rule = UpdateRule(program=canonical.program, settings=canonical.settings, equations=(made,))
    found = paper(rule, (known,))
    assert found is not None
    return found


def test_what_is_merely_near_is_held_beside_no_paper_of_another() -> None:
    known, canonical = entry("adam")
    assert canonical.program is not None
    rule = UpdateRule(program=canonical.program, settings=canonical.settings, equations=canonical.equations)
    unnamed = (structs.replace(known, named=False),)
    near = Kin(entry="adam", verdict="same-except", structure=0.0)
    assert paper(structs.replace(rule, kin=(near,)), unnamed) is None
    same = paper(structs.replace(rule, kin=(structs.replace(near, verdict="same"),)), unnamed)
    assert same == Paper(entry="adam", verdict="same")


def kinds(found: Paper) -> list[str]:
    return sorted(each.kind for each in found.deviations)


@pytest.mark.parametrize(
    "name",
    ["adam", "adamw", "adamax", "lion", "sgd", "sgd_momentum", "adabelief", "qhm", "madgrad", "nadam"],
)
def test_implementations_of_the_paper_are_told_as_such(name: str) -> None:
    assert beside(name) == Paper(entry=name, verdict="same")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("m' / (1 - beta1^t)", "m'", "bias_correction"),
        ("m' / (1 - beta1^t)", "m / (1 - beta1^t)", "state_in_time"),
        ("1 - beta2^t", "1 - beta2^(t + 1)", "step_number"),
        ("EMA[beta2]", "EMA[beta2 * beta2]", "renewed_twice"),
    ],
)
def test_what_was_planted_is_found(old: str, new: str, kind: str) -> None:
    assert old in ADAM
    found = beside("adam", ADAM.replace(old, new))
    assert (found.verdict, kinds(found)) == ("deviates", [kind])
    assert found.deviations[0].effect is not None


def test_eps_is_told_where_it_is_felt_and_not_where_it_is_too_small() -> None:
    again = ADAM.replace("EMA[beta2](g^2)", "beta2 * v + (1 - beta2) * g^2 + eps").replace(" + eps)", ")")
    found = beside("adam", again)
    assert kinds(found) == ["eps"]
    assert "in every step, where it accumulates" in found.deviations[0].code
    early = ADAM.replace("sqrt(v' / (1 - beta2^t)) + eps", "(sqrt(v') + eps) / sqrt(1 - beta2^t)")
    assert early != ADAM
    assert beside("adam", early).verdict == "same"


def reread(name: str, text: str, switched: str, plain: str) -> Paper | None:
    """Another text with a knob switched on, which is the plain one where it is off."""
    known, canonical = entry(name)
    first = canonical.equations[0]
    assert canonical.program is not None

    def rule(text: str, *switched: str) -> UpdateRule:
        assert canonical.program is not None
        values = (*first.values, *(Option(name=each, value="0.1") for each in switched))
        places = (*first.places, *(Option(name=each, value=f"group.{each}") for each in switched))
        made = structs.replace(first, text=text.strip(), roles=(), values=values, places=places)
        settings = tuple(Option(name=each, value="0.1") for each in switched)
        return UpdateRule(program=canonical.program, settings=settings, equations=(made,))

    return paper(rule(text, switched), (known,), lambda off: rule(plain if off == {switched} else text))


def test_what_the_lines_say_of_a_knob_that_is_on_is_not_told_of_one_that_is_off() -> None:
    clipped = ADAM.replace("(g)", "(g * min(limit / norm(g), 1))")
    assert reread("adam", clipped, "limit", ADAM) == Paper(entry="adam", verdict="same")


def test_what_is_done_otherwise_only_by_default_is_told_with_that() -> None:
    text = """
    b ← momentum * b + trust_coefficient * norm(p) / (norm(g) + decay * norm(p)) * (g + decay * p)
    p ← p - lr * b'
    """
    known, canonical = entry("lars")
    decayed = textwrap.dedent(text).replace("decay", "weight_decay")
    assert beside("lars", decayed).verdict == "same"
    assert "weight_decay" in {each.name for each in canonical.settings}
    plain = "b ← momentum * b + g\np ← p - lr * b'"
    first = canonical.equations[0]
    assert canonical.program is not None
    rules = [
        UpdateRule(
            program=canonical.program,
            settings=canonical.settings,
            equations=(structs.replace(first, text=each.strip(), roles=()),),
        )
        for each in (decayed, plain)
    ]
    found = paper(rules[0], (known,), lambda _: rules[1])
    assert found is not None
    assert [each.kind for each in found.deviations] == ["left_out"]
    assert found.deviations[0].code == "does not where weight_decay is 0, as by default"


def test_what_no_way_of_departing_explains_is_told_as_that() -> None:
    found = beside("adam", ADAM.replace("g^2", "abs(g)").replace("sqrt(v'", "(v'"))
    assert (found.verdict, found.deviations) == ("unexplained", ())
    assert found.apart is not None
    assert found.apart > 0.001


def test_a_deviation_has_the_line_that_reads_what_is_done_otherwise() -> None:
    def line(name: str, *sources: tuple[int, str]) -> EquationLine:
        made = (OriginLine(location=Location(file="a.py", line=n, column=1), reads=(r,)) for n, r in sources)
        return EquationLine(name=name, sources=tuple(made))

    told = (line("m", (3, "beta1")), line("v", (4, "beta2")), line("p", (5, "lr"), (6, "t")))
    found = beside("adam", ADAM.replace("1 - beta2^t", "1 - beta2^(t + 1)"), told)
    assert [place.line for each in found.deviations for place in each.locations] == [6]


def test_a_correction_is_where_the_step_is_read_and_a_bound_where_the_mean_is() -> None:
    """Padam in pytorch_optimizer: the means' own lines read their decays and are neither."""

    def source(number: int, *reads: str) -> OriginLine:
        return OriginLine(location=Location(file="a.py", line=number, column=1), reads=reads)

    last = (source(4, "beta1", "beta2", "step'"), source(5, "exp_avg_sq'"), source(6, "lr"), source(7, "eps"))
    lines = (
        EquationLine(name="exp_avg", sources=(source(2, "beta1", "exp_avg"),)),
        EquationLine(name="exp_avg_sq", sources=(source(3, "beta2", "exp_avg_sq"),)),
        EquationLine(name="p", sources=last),
    )
    found = beside("padam", lines=lines)
    told = {each.kind: [place.line for place in each.locations] for each in found.deviations}
    assert told == {"bias_correction": [4, 6], "left_out": [5]}


@pytest.mark.parametrize("name", ["lamb", "adopt", "amsgrad", "padam", "yogi", "nesterov"])
def test_the_catalogue_lists_what_running_its_implementation_shows(name: str) -> None:
    known = catalogue.entry(name)
    assert known is not None
    assert set(kinds(beside(name))) == set(known.departs)


def test_what_the_catalogue_lists_are_ways_of_departing() -> None:
    ways = {name for name, _ in known_departures()}
    assert len(ways) >= 8
    assert {each for known in catalogue.load() for each in known.departs} <= ways
