"""Memory on a tier against closed forms, published sizes of models, and what simulations found."""

from __future__ import annotations

from math import prod
from pathlib import Path

import msgspec
import pytest

from optreview import models
from optreview.judgement import fitting, recommend, sizing, tiering, usecase
from optreview.models import families
from optreview.records import (
    Activations,
    Evidence,
    Failure,
    Model,
    ModelShapes,
    ScaleEvidence,
    Tier,
    Unscaled,
)
from optreview.report import store

REVIEWS = Path(__file__).parents[2] / "reviews"
ROOM = Tier(id="room", title="Room", gib=80, device="cuda", batch=16, tight=False)
#: Parameters as torchvision, PyTorch's DCGAN tutorial, QLoRA and the LLaMA paper's weights have them.
PUBLISHED = {
    "resnet-50": 25_557_032,
    "dcgan": 3_576_704 + 2_765_568,
    "lora-7b": 159_907_840,
    "llama-7b": 6_738_415_616,
}
RESNETS = {"ResNet-50": 25_557_032, "ResNet-101": 44_549_160, "ResNet-152": 60_192_808}


def evidence(name: str) -> Evidence:
    return store.load(REVIEWS / f"{name}.json").evidence


def scale(found: Evidence) -> ScaleEvidence:
    assert found.dynamic is not None
    assert found.dynamic.scale is not None
    return found.dynamic.scale


@pytest.mark.parametrize(("name", "parameters"), PUBLISHED.items())
def test_models_have_the_published_number_of_parameters(name: str, parameters: int) -> None:
    assert sum(prod(t.shape) for t in models.built_in(name).tensors) == parameters


def test_members_of_families_have_theirs_and_grow() -> None:
    sizes = {m.title: fitting.Sizes(m.title, m.shapes, 4) for m in families.family("resnet").members}
    assert {title: each.parameters for title, each in sizes.items()} == RESNETS
    for name in families.names():
        grown = [fitting.Sizes(m.title, m.shapes, 2).parameters for m in families.family(name).members]
        assert grown == sorted(grown)


@pytest.mark.parametrize("name", ["torch/AdamW", "torch/Adagrad", "torch/SGD", "pytorch_optimizer/AdaBelief"])
def test_the_law_of_small_buffers_gives_the_simulated_bytes_of_seven_billion_parameters(name: str) -> None:
    found = evidence(name)
    law, reason = fitting.own_law(found, "bfloat16")
    assert law is not None, reason
    model = fitting.sizes(models.built_in("llama-7b"))
    simulated = [r.state_bytes for r in scale(found).runs if r.model == "llama-7b"]
    assert simulated
    assert {law.state(model)} == set(simulated)


@pytest.mark.parametrize("name", ["torch/Adafactor", "torch/Muon", "torch/LBFGS"])
def test_what_is_not_of_one_size_an_element_gets_no_figure_but_a_reason(name: str) -> None:
    law, reason = fitting.own_law(evidence(name), "bfloat16")
    assert law is None
    assert reason


def test_a_simulation_that_the_law_misses_refutes_it() -> None:
    found = evidence("torch/AdamW")
    off = tuple(msgspec.structs.replace(r, state_bytes=r.state_bytes + 4) for r in scale(found).runs)
    wrong = msgspec.structs.replace(scale(found), runs=off)
    assert found.dynamic is not None
    dynamic = msgspec.structs.replace(found.dynamic, scale=wrong)
    law, reason = fitting.own_law(msgspec.structs.replace(found, dynamic=dynamic), "bfloat16")
    assert law is None
    assert "LLaMA 7B" in reason


def test_adamw_on_the_multimodal_model_is_its_closed_form() -> None:
    case = usecase.load()
    fit = tiering.fit(evidence("torch/AdamW"), case, ROOM, slim=False)
    assert fit is not None
    assert fit.own is not None
    tensors = models.built_in("multimodal").tensors
    elements = sum(prod(t.shape) for t in tensors)
    assert fit.own.weights == fit.own.gradients == 2 * elements
    assert fit.own.state == 2 * 2 * elements + 4 * len(tensors)
    assert fit.own.transient == 2 * elements  # on CUDA all tensors at once
    assert fit.adamw is not None
    assert fit.own.total == fit.adamw.total
    assert fit.fits


def test_adamw_beside_another_takes_the_default_path_of_the_tiers_device() -> None:
    ram = msgspec.structs.replace(ROOM, device="cpu")
    peaks = {
        tier.device: fit.adamw.transient
        for tier in (ROOM, ram)
        if (fit := tiering.fit(evidence("torch/Adam"), usecase.load(), tier, slim=False)) and fit.adamw
    }
    sizes = [prod(t.shape) for t in models.built_in("multimodal").tensors]
    assert peaks["cuda"] == 2 * sum(sizes)  # foreach: all tensors at once
    assert peaks["cpu"] is not None
    assert 2 * 2 * max(sizes) <= peaks["cpu"] <= 3 * 2 * max(sizes)  # a loop: temporaries of a tensor or two


def test_the_largest_that_fits_is_the_last_below_the_limit() -> None:
    fit = tiering.fit(evidence("torch/AdamW"), usecase.load(), ROOM, slim=False)
    assert fit is not None
    assert fit.largest is not None
    assert fit.largest.model == "LLaMA 7B"  # 62.8 GiB; 13B would take 121
    small = msgspec.structs.replace(ROOM, gib=0.1)
    none = tiering.fit(evidence("torch/AdamW"), usecase.load(), small, slim=False)
    assert none is not None
    assert none.largest is None
    assert none.fits is False


def test_frozen_weights_are_counted_and_have_no_gradients() -> None:
    fit = tiering.fit(evidence("torch/AdamW"), usecase.load("lora_finetuning"), ROOM, slim=False)
    assert fit is not None
    assert fit.own is not None
    assert fit.own.frozen == 2 * PUBLISHED["llama-7b"]
    assert fit.own.gradients == 2 * PUBLISHED["lora-7b"]


@pytest.mark.parametrize("path", ["for-loop", "foreach", "fused"])
def test_the_peak_of_a_simulated_path_is_told_for_what_it_is(path: str) -> None:
    sizes = fitting.sizes(models.built_in("llama-7b"))
    run = next(r for r in scale(evidence("torch/AdamW")).references if r.implementation == path)
    wanted = {
        "for-loop": fitting.Peak(largest=2.0),
        "foreach": fitting.Peak(parameters=1.0),
        "fused": fitting.Peak(),
    }
    assert fitting.peak_of(run, sizes) == wanted[path]


def test_the_passes_and_the_step_come_one_after_the_other() -> None:
    """What is needed is the larger of the two; what is held untrained is there all the time."""
    case, tier = usecase.load("llm_pretraining"), usecase.tiers()[-1]
    found = evidence("torch/Adafactor")
    assert found.dynamic is not None
    bare = tiering.fit(found, case, tier, slim=False)
    assert bare is not None
    assert bare.own is not None
    assert (bare.activations, bare.passes, bare.needed(bare.own)) == (None, None, bare.own.total)
    for peak, fits in ((1 << 30, True), (80 << 30, False)):
        counted = Activations(batch=tier.batch, kept=peak // 2, peak=peak)
        models_ = tuple(
            msgspec.structs.replace(m, activations=(counted,), held=7) if m.name == case.model else m
            for m in scale(found).models
        )
        dynamic = msgspec.structs.replace(
            found.dynamic, scale=msgspec.structs.replace(scale(found), models=models_)
        )
        fit = tiering.fit(msgspec.structs.replace(found, dynamic=dynamic), case, tier, slim=False)
        assert fit is not None
        assert fit.own is not None
        assert (fit.activations, fit.passes, fit.own.frozen) == (peak // 2, peak, 7)
        weights, state = fit.own.weights, fit.own.state
        step = weights + fit.own.gradients + state + (fit.own.transient or 0) + 7
        assert fit.needed(fit.own) == max(step, weights + state + 7 + peak)
        assert fit.fits is fits
    other = msgspec.structs.replace(tier, batch=tier.batch + 1)
    away = tiering.fit(found, case, other, slim=False)
    assert away is not None
    assert away.passes is None


def searched(name: str, tier: Tier) -> list[str]:
    """Sizes in the order in which they are simulated, each by the law of what was simulated before."""
    found, case, order = evidence(name), usecase.load("llm_pretraining"), []
    while (model := sizing.next_size(sizing.Search(found, case, tier, slim=False))) is not None:
        order.append(model.title)
        found = with_size(found, model)
    return order


def with_size(found: Evidence, model: ModelShapes) -> Evidence:
    """As if simulated on a model: a buffer like each parameter, and no temporaries."""
    elements = sum(prod(t.shape) for t in model.tensors)
    recorded = Model(
        name=model.name,
        title=model.title,
        dtypes=model.dtypes,
        tensors=len(model.tensors),
        parameters=elements,
    )
    size = elements * 2
    run = msgspec.structs.replace(
        scale(found).runs[0],
        model=model.name,
        device="cuda",
        parameter_bytes=size,
        gradient_bytes=size,
        state_bytes=size,
        first_transient_bytes=0,
        steady_transient_bytes=0,
    )
    more = msgspec.structs.replace(
        scale(found), models=(*scale(found).models, recorded), runs=(*scale(found).runs, run)
    )
    assert found.dynamic is not None
    return msgspec.structs.replace(found, dynamic=msgspec.structs.replace(found.dynamic, scale=more))


def test_sizes_are_simulated_until_the_largest_that_fits_and_the_next_one_are() -> None:
    # 13B: weights and gradients take 48.5 GiB, so that with one buffer more it fits into 80; 33B never does.
    assert searched("torch/Adafactor", ROOM) == ["LLaMA 13B"]
    # 7B was simulated already, and with the two buffers of AdamW 13B takes more than 97 GiB.
    assert searched("torch/AdamW", ROOM) == []
    assert fitting.least_state(evidence("torch/AdamW"), "bfloat16") == 4
    # Factors are no buffers like parameters, and a simulation with less than a law says refutes it.
    assert fitting.least_state(evidence("torch/Adafactor"), "bfloat16") < 1
    found = evidence("torch/AdamW")
    run = msgspec.structs.replace(scale(found).runs[0], state_bytes=1)
    less = msgspec.structs.replace(scale(found), runs=(run,))
    assert found.dynamic is not None
    found = msgspec.structs.replace(found, dynamic=msgspec.structs.replace(found.dynamic, scale=less))
    assert fitting.least_state(found, "bfloat16") == 0


def test_what_cannot_be_simulated_is_not_tried_twice() -> None:
    found, case = evidence("torch/Adafactor"), usecase.load("llm_pretraining")
    model = families.member("decoder", "LLaMA 13B", "bfloat16")
    failed = Unscaled(model=model.name, device="cuda", failure=Failure(kind="timeout", message="Too slow."))
    assert found.dynamic is not None
    more = msgspec.structs.replace(scale(found), unscaled=(failed,))
    found = msgspec.structs.replace(found, dynamic=msgspec.structs.replace(found.dynamic, scale=more))
    search = sizing.Search(found, case, ROOM, slim=False)
    assert sizing.next_size(search) is None
    fit = tiering.fit(found, case, ROOM, slim=False)
    assert fit is not None
    assert fit.largest is not None
    assert (fit.largest.model, fit.partly_searched) == ("LLaMA 7B", True)


def test_foreach_stays_where_the_temporaries_of_the_jobs_own_model_do_not_shrink() -> None:
    found, case, tier = evidence("pytorch_optimizer/CAME"), usecase.load(), usecase.tiers()[0]
    assert tiering.slim(found, case, tier)
    runs = tuple(
        msgspec.structs.replace(r, first_transient_bytes=1, steady_transient_bytes=1)
        if (r.model, r.device) == (case.model, tier.device)
        else r
        for r in scale(found).runs
    )
    assert found.dynamic is not None
    lean = msgspec.structs.replace(found.dynamic, scale=msgspec.structs.replace(scale(found), runs=runs))
    lean_found = msgspec.structs.replace(found, dynamic=lean)
    assert not tiering.slim(lean_found, case, tier)
    advice = recommend.recommend(lean_found, None, usecase.purpose())[0]
    assert "foreach" not in {s.name for s in advice.settings}


def test_a_shorter_step_of_the_small_model_is_told_of_that_model() -> None:
    advice = recommend.recommend(evidence("pytorch_optimizer/CAME"), None, usecase.purpose())[0]
    reasons = [each.reason for each in advice.settings if each.name == "foreach"]
    assert reasons
    assert all(each.startswith("on the small model of the run, on the CPU, the temp") for each in reasons)


def test_a_reason_is_that_of_the_case() -> None:
    found = evidence("torch/Adafactor")
    assert found.dynamic is not None
    none = msgspec.structs.replace(found.dynamic, runs=(), scale=None)
    law, reason = fitting.own_law(msgspec.structs.replace(found, dynamic=none), "bfloat16")
    assert law is None
    assert "not run in bfloat16" in reason


def test_members_have_names_of_their_own_and_the_shapes_of_their_size() -> None:
    member = families.member("resnet", "ResNet-101", "float32")
    assert member.name == "resnet:resnet-101"
    assert sum(prod(t.shape) for t in member.tensors) == RESNETS["ResNet-101"]
    assert families.is_member(member.name)
    assert not families.is_member("my_model:build")
    assert not families.is_member("resnet-50")
