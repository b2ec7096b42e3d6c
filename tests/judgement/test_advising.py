"""For whom advice holds: wrappers, rules that are only near, names a class lacks, refused searches."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from optreview.judgement import (
    converting,
    identity,
    inside,
    naming,
    recommend,
    suiting,
    usecase,
    wrappers,
)
from optreview.records import (
    Evidence,
    HeldOptimizer,
    Hyperparameter,
    Identity,
    Kin,
    Option,
    ProgramProof,
    Recipe,
    RecipeLines,
    Tried,
    UpdateRule,
)
from tests import samples
from tests.static import facts_samples

CASE = usecase.load()
CONSUMER = next(t for t in usecase.tiers() if t.id == "consumer")
LOW = next(t for t in usecase.tiers() if t.id == "low_memory")
NEAREST = Identity(entry="adamw", name="AdamW", grounds="update rule (nearest)")
GIVEN = "torch.optim.SGD(model.parameters(), lr=0.001)"


def driven(
    parameters: str = "model.parameters()", *arguments: Option, step: str = "optimizer.step()"
) -> Recipe:
    lines = RecipeLines(before="", parameters=parameters, only="", after="", step=step)
    call = ", ".join([parameters, *(f"{a.name}={a.value}" for a in arguments)])
    snippet = f"optimizer = Toy({call})\n{step}\n"
    return Recipe(protocol="x", arguments=arguments, snippet=snippet, ordinary_loop=True, lines=lines)


def wrapper(recipe: Recipe, **parameters: str | None) -> Evidence:
    place = samples.at(1)
    held = (HeldOptimizer(attribute="optimizer", how="given as an argument", location=place),)
    workings = msgspec.structs.replace(
        facts_samples.workings(facts_samples.real("torch.optim:ASGD")), holds=held
    )
    facts = samples.static(hyperparameters=hyperparameters(**parameters), workings=workings)
    return samples.evidence(static=facts, dynamic=samples.dynamic(recipe=recipe))


def hyperparameters(**parameters: str | None) -> tuple[Hyperparameter, ...]:
    return tuple(Hyperparameter(name=n, location=samples.at(1), default=d) for n, d in parameters.items())


def plain(recipe: Recipe, **more: Any) -> Evidence:
    facts = samples.static(hyperparameters=hyperparameters(lr="1e-3"))
    return samples.evidence(static=facts, dynamic=samples.dynamic(recipe=recipe, **more))


@pytest.mark.parametrize(("tier", "lr"), [(CONSUMER, "1e-4"), (LOW, "5e-5")])
def test_a_wrapper_is_given_the_jobs_own_optimizer(tier, lr: str) -> None:
    found = wrapper(driven(GIVEN))
    printed = {r.tier: r for r in recommend.recommend(found, None, usecase.purpose())}[tier.id]
    assert f"torch.optim.AdamW(model.parameters(), lr={lr}, weight_decay=0.01)" in printed.snippet
    assert printed.scaling.startswith(recommend.INSIDE)


def test_what_a_wrapper_builds_is_the_jobs_own_as_well() -> None:
    given = (Option(name="base_optimizer", value="torch.optim.SGD"), Option(name="lr", value="0.001"))
    found = wrapper(driven("model.parameters()", *given), base_optimizer=None, rho="0.05")
    values = {s.name: s.value for s in converting.settings(found, None, CASE, LOW, slim=False)}
    assert values == {"base_optimizer": "torch.optim.AdamW", "lr": "5e-5", "weight_decay": "0.01"}


def test_no_wrapper_keeps_what_it_was_run_with() -> None:
    """One that builds torch's AdamW for the tensors it does not take wraps nothing."""
    found = plain(driven(GIVEN))
    assert wrappers.around(found) == ""
    assert GIVEN in recommend.recommend(found, None, usecase.purpose())[0].snippet
    assert inside.is_class("torch.optim.SGD")
    assert not inside.is_class(GIVEN)


def test_a_wrapper_keeps_what_is_kept_inside_and_its_step_is_not_measured() -> None:
    adamw = samples.run("torch.optim:AdamW", (), state_bytes=8000, dtype="bfloat16")
    own = samples.run("toy:Toy", (), state_bytes=2000, dtype="bfloat16")
    around = wrapper(driven(GIVEN))
    assert around.dynamic is not None
    dynamic = msgspec.structs.replace(around.dynamic, runs=(own,), references=(adamw,))
    case = msgspec.structs.replace(CASE, model=None)
    found = {
        m.id: m for m in suiting.measurements(msgspec.structs.replace(around, dynamic=dynamic), case, {})
    }
    assert found["job_state_over_adamw"].value == 1.25
    assert found["job_memory_over_adamw"].presence == "not-measured"
    assert found["setting_carries_over"].presence == "not-applicable"


def test_bytes_that_a_step_moves_leave_out_the_passes_of_a_closure() -> None:
    runs = {"runs": (samples.run("toy:Toy", (), dtype="bfloat16"),)}
    runs |= {"references": (samples.run("torch.optim:AdamW", (), dtype="bfloat16"),)}
    own = plain(driven(step="optimizer.step(closure)"), **runs)
    usual = plain(driven(), **runs)
    presence = [
        {m.id: m.presence for m in suiting.measurements(each, CASE, {})}["job_traffic_over_adamw"]
        for each in (own, usual)
    ]
    assert presence == ["not-measured", "measured"]


def test_advice_holds_for_the_same_rule_and_for_the_same_name() -> None:
    def of(name: str, *matching: Option) -> Evidence:
        kin = Kin(entry="adamw", verdict="same", structure=0.0, matching=matching)
        program = ProgramProof(verdict="proven", steps=20, agreed=20)
        rule = UpdateRule(ways=1, program=program, mutates_gradient=False, equations=(), kin=(kin,))
        subject = samples.subject(class_name=name)
        return samples.evidence(static=samples.static(subject=subject), dynamic=samples.dynamic(rule=rule))

    own, number = Option(name="lr", value="step_size"), Option(name="eps", value="1e-15")
    same = msgspec.structs.replace(NEAREST, grounds="update rule (proven the same)")
    told = [
        identity.adviser(of("AdamLike"), NEAREST),  # only near
        identity.adviser(of("AdamLike", own), same),
        identity.adviser(of("AdamLike", own, number), same),  # the same with a part of it taken away
        identity.adviser(of("AdamW"), NEAREST),  # near, and of its name
        identity.adviser(of("Lion", number), same),
    ]
    assert [each.id if each else None for each in told] == [None, "adamw", None, "adamw", "lion"]


def test_a_sentence_holds_for_a_class_that_has_what_it_names() -> None:
    facts = samples.static(hyperparameters=hyperparameters(rho="1"))
    found = samples.evidence(static=facts)
    assert naming.applies("watch `rho`, and call `optimizer.train()`", found)
    assert not naming.applies("watch `final_lr`", found)


@pytest.mark.parametrize(
    ("default", "said"),
    [(None, "it has no default"), ("0", "its default is 0"), ("None", "its default is None")],
)
def test_an_argument_that_was_filled_in_is_told_with_its_own_default(default: str | None, said: str) -> None:
    recipe = driven("model.parameters()", Option(name="momentum", value="0.9"))
    facts = samples.static(hyperparameters=hyperparameters(momentum=default))
    found = samples.evidence(static=facts, dynamic=samples.dynamic(recipe=recipe))
    (setting,) = converting.settings(found, None, CASE, CONSUMER, slim=False)
    assert setting.reason.startswith(said)


@pytest.mark.parametrize(
    ("betas", "second"),
    [("(0.9, 0.98)", 0.98), ("(0.98, 0.92, 0.99)", None), ("None", None)],
)
def test_the_second_of_two_betas_is_the_decay_of_a_second_moment(betas: str, second: float | None) -> None:
    found = samples.evidence(static=samples.static(subject=samples.subject(class_name="AdamW")))
    known = identity.adviser(found, NEAREST)
    assert known is not None
    assert converting.beta2(known, CASE, {"betas": betas}) == second


def test_a_search_whose_end_is_refused_keeps_to_what_is_customary() -> None:
    parameters = hyperparameters(lr="1e-3", momentum="0.9", weight_decay="0", k="1.0")
    sophia = Identity(entry="lookahead", name="Lookahead", grounds="class name")
    facts = samples.static(hyperparameters=parameters)
    whole = recommend.search(samples.evidence(static=facts), sophia, usecase.purpose())
    assert whole is not None
    assert [each.name for each in whole.ranges] == ["k"]
    for reason, kept in (("It raised ValueError: too low.", False), ("Some weights were not finite.", True)):
        tried = (Tried(text=whole.optuna, outcome="failed", reason=reason),)
        evidence = samples.evidence(static=facts, dynamic=samples.dynamic(tried=tried))
        assert (recommend.search(evidence, sophia, usecase.purpose()) == whole) is kept
