"""Styles print the same call; what a style cannot say, it says."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from msgspec import structs

from optreview.judgement import averaged, catalogue, styles
from optreview.judgement.searching import space
from optreview.judgement.styles import Call, UnfitError
from optreview.records import Equations, EquationsProof, Option, ProgramProof, Setting, StateRole, UpdateRule
from tests import samples


def call(module: str = "torch.optim.adamw", name: str = "AdamW", **more: Any) -> Call:
    given = {"lr": "1e-4", "betas": "(0.9, 0.95)", "foreach": "False"}
    settings = tuple(Setting(name=key, value=value, reason="") for key, value in given.items())
    return Call(**{"module": module, "name": name, "settings": settings, "batch": 4, **more})


def text(style: str, given: Call) -> str:
    return "\n".join(styles.style(style).lines(given)[0])


def run(lines: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(lines, names)
    return names


def test_a_configuration_is_a_dictionary_with_the_type_and_the_values() -> None:
    wanted = {"type": "AdamW", "lr": 1e-4, "betas": (0.9, 0.95), "foreach": False}
    assert run(text("config", call()))["optimizer"] == wanted
    nested = run(text("optim_wrapper", call()))["optim_wrapper"]
    assert nested == {"type": "OptimWrapper", "optimizer": wanted}


def test_a_class_that_the_registry_lacks_has_to_be_registered() -> None:
    assert "register_module(module=Lion)" in text("config", call("lion_pytorch.lion_pytorch", "Lion"))
    assert "register" not in text("config", call())


def test_the_trainer_has_names_for_betas_and_says_what_it_cannot_say() -> None:
    lines = text("trainer", call())
    for words in ('optim="adamw_torch"', "learning_rate=1e-4", "adam_beta2=0.95", "batch_size=4"):
        assert words in lines
    assert "# not among its arguments: foreach=False" in lines
    compile(lines, "arguments", "exec")
    # eps is Trainer's own, the decay of the class is not, and betas are said whether or not they are.
    given = text("trainer", call(defaults={"lr": "1e-3", "weight_decay": "0.01", "eps": "1e-08"}))
    assert "weight_decay=0.01" in given
    assert "adam_epsilon" not in given


def test_what_the_trainer_would_set_otherwise_than_the_class_is_said() -> None:
    defaults = {"lr": "1e-2", "betas": "(0.9, 0.99)", "weight_decay": "0"}
    lion = text("trainer", call("bitsandbytes.optim.lion", "Lion8bit", settings=(), defaults=defaults))
    assert "learning_rate=1e-2" in lion
    assert "adam_beta2=0.99" in lion
    assert "adam_beta1" not in lion
    sgd = (
        Setting(name="momentum", value="0.9", reason=""),
        Setting(name="nesterov", value="True", reason=""),
    )
    lines = text("trainer", call("torch.optim.sgd", "SGD", settings=sgd, defaults={"lr": "1e-3"}))
    assert 'optim_args="momentum=0.9,nesterov=True"' in lines
    assert "not among" not in lines
    free = call("schedulefree.sgd_schedulefree", "SGDScheduleFree", settings=(), defaults={"lr": "1.0"})
    assert 'lr_scheduler_type="constant"' in text("trainer", free)


@pytest.mark.parametrize(
    ("style", "given"),
    [
        ("trainer", call("my_package.adamw", "AdamW")),
        ("trainer", call("torch.optim.radam", "RAdam")),
        ("trainer", call("transformers.optimization", "Adafactor", settings=(), defaults={"lr": "None"})),
        ("config", call(only="p.ndim == 2", parameters="[p for p in model.parameters() if p.ndim == 2]")),
        ("config", call(after="optimizer.train()")),
        ("config", call(settings=(Setting(name="base", value="torch.optim.SGD", reason=""),))),
    ],
)
def test_a_style_refuses_what_it_cannot_say(style: str, given: Call) -> None:
    with pytest.raises(UnfitError):
        styles.style(style).lines(given)


def test_what_only_some_tensors_may_go_to_is_split_and_the_rest_goes_to_adamw() -> None:
    first = "[p for p in model.parameters() if p.ndim == 2]"
    lines = text(
        "torch", call("torch.optim", "Muon", only="p.ndim == 2", parameters=first, others=", lr=1e-4")
    )
    assert "    taken," in lines
    assert "optimizer_for_others = torch.optim.AdamW(others, lr=1e-4)" in lines


def test_a_search_is_around_the_recommended_values_and_keeps_the_others() -> None:
    found = space(
        call(), None, {"lr": "1e-3", "betas": "(0.9, 0.999)", "weight_decay": "0.0", "foreach": "None"}
    )
    assert found is not None
    ranges = {r.name: r for r in found.ranges}
    assert list(ranges) == ["lr", "weight_decay", "betas[1]", "betas[0]"]
    assert (float(ranges["lr"].low), float(ranges["lr"].high)) == (1e-5, 1e-3)
    assert (float(ranges["weight_decay"].low), float(ranges["weight_decay"].high)) == (1e-4, 0.1)
    for lines in (found.optuna, found.ray):
        compile(lines, "search", "exec")
        assert "foreach=False" in lines
    assert 'betas=(config["beta1"], config["beta2"])' in found.ray


@pytest.mark.parametrize(
    ("betas", "text", "searched"),
    [
        ("(0.9, 0.999)", "m ← EMA[beta1](g)\nv ← EMA[beta2](g^2)", ["betas[1]", "betas[0]"]),
        ("(0.9, 0.99)", "m ← EMA[beta2](g)", ["betas[0]"]),
        ("(0.98, 0.92, 0.99)", "m ← EMA[beta1](g)\nv ← EMA[beta2](g - old)", ["betas[0]"]),
        ("(0.9, 0.999, 0.9)", "m ← EMA[beta1](g)\nv ← EMA[beta2]((g + p)^2 + eps)", ["betas[1]", "betas[0]"]),
        ("(0.9, 0.999, 0.9)", "", []),
    ],
)
def test_a_beta_is_searched_as_adams_where_it_averages_the_same(
    betas: str, text: str, searched: list[str]
) -> None:
    read = [re.fullmatch(r"(\w) ← EMA\[(\w+)\]\((.*)\)", line) for line in text.splitlines()]
    roles = tuple(StateRole(name=e[1], place=e[1], kind="mean", of=e[3], decay=e[2]) for e in read if e)
    places = tuple(Option(name=f"beta{i + 1}", value=f"group.betas.{i}") for i in range(2))
    proof = EquationsProof(verdict="proven", error=0.0, steps=20)
    told = Equations(dimensions=2, text=text, proof=proof, roles=roles, places=places)
    rule = UpdateRule(program=ProgramProof(verdict="proven"), equations=(told,))
    means = averaged.means(samples.evidence(dynamic=samples.dynamic(rule=rule)))
    found = space(call(settings=()), None, {"lr": "1e-3", "betas": betas}, means)
    assert found is not None
    assert [r.name for r in found.ranges] == ["lr", *searched]
    own = [r for r in found.ranges if r.name == "betas[0]" and "0.98" in betas]
    assert all(r.choices == ("0.5", "0.9", "0.95", "0.98") and r.reason.startswith("0.98 is") for r in own)


def test_nothing_is_searched_where_nothing_is_a_number() -> None:
    assert space(call(settings=()), None, {"optimizer": None}) is None


def test_torch_is_imported_where_a_value_needs_it() -> None:
    inside = (Setting(name="base_optimizer", value="torch.optim.SGD", reason=""),)
    for given, needs in ((call(settings=inside), True), (call(), False)):
        assert text("torch", given).startswith("import torch") is needs
    names = {"model": torch.nn.Linear(2, 2)}
    lines = "class Around:\n    def __init__(self, params, base_optimizer): pass\n" + text(
        "torch", call("torch.optim.sgd", "SGD", settings=inside)
    ).replace("optimizer = SGD(", "optimizer = Around(")
    exec(lines, names)


@pytest.mark.parametrize(
    ("value", "low", "high", "told"),
    [
        ("0.9", "0.0", "0.99", "a decade nearer to and further"),
        ("0.99", "0.9", "0.999", "a decade nearer to and further"),
        ("0.6", "0.0", "0.96", "from zero"),
    ],
)
def test_a_decay_is_searched_by_its_distance_from_one(value: str, low: str, high: str, told: str) -> None:
    known = structs.replace(catalogue.load()[0], tune=("beta",))
    found = space(call(settings=()), known, {"beta": value})
    assert found is not None
    (beta,) = found.ranges
    assert (float(beta.low), float(beta.high)) == (float(low), float(high))
    assert beta.reason.startswith(told)
    assert beta.low == low
