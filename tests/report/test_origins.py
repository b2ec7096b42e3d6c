"""Where options come from: by name, with the measured cost, costly and published ones first."""

from __future__ import annotations

import pytest

from optreview.judgement import options
from optreview.records import Combination, Failure, Hyperparameter, Option, OptionRun
from optreview.report.escaping import code
from tests import samples
from tests.report.test_escaping import HOSTILE
from tests.report.test_page import page

START = (
    "What options of these names usually are. Where nothing is said to show it, it is told by the name "
    "alone, and this class may make something else of it; what was measured is said:"
)


def tried(name, value="True", buffers=(), **more):
    """An option that was run: it keeps ``buffers`` beside what the sample keeps, and moves the weights."""
    option = Option(name=name, value=value)
    kept = (samples.buffer("m", 4000), *buffers)
    run = samples.run("toy:Toy", kept, options=(option,), **{"trajectory": "b" * 64, **more})
    return OptionRun(option=option, run=run)


def lines(*names, **dynamic):
    """The list on the page of an optimizer with these hyperparameters."""
    signature = tuple(Hyperparameter(name=name, location=samples.at(5), default="0") for name in names)
    found = samples.evidence(
        static=samples.static(hyperparameters=signature),
        dynamic=samples.dynamic(**{"options": (), **dynamic}),
    )
    text = page(found)
    if START not in text:
        return []
    listed = text.split(START)[1].split("\n\n")[1]
    return [line.removeprefix("- ") for line in listed.splitlines()]


def test_a_published_option_is_told_with_its_paper_its_idea_and_what_was_measured():
    (line,) = lines("lr", "amsgrad", options=(tried("amsgrad", buffers=(samples.buffer("vmax", 4000),)),))
    assert line == (
        "**AMSGrad**, by its name (`amsgrad`; [On the Convergence of Adam and Beyond (Reddi et al.)]"
        "(https://openreview.net/forum?id=ryQu7f-RZ), 2018): Divides by the root of the largest second "
        "moment seen so far, which smaller gradients do not bring down again. It closes a gap in Adam's "
        "proof of convergence. Measured: `amsgrad=True` adds 1.00× the parameters of state."
    )


def test_what_was_not_measured_has_no_cost_and_what_was_not_run_is_told_all_the_same():
    assert [line.endswith("on a GPU.") for line in lines("foreach")] == [True]
    static_only = page(samples.not_run())
    assert START in static_only
    assert "Measured:" not in static_only.split(START)[1].split("\n\n")[1]


def test_plain_hyperparameters_and_unknown_names_have_no_line():
    assert lines("lr", "betas", "eps", "weight_decay", "momentum", "my_own_knob") == []


def test_an_ambiguous_name_has_a_line_only_beside_what_settles_it():
    assert lines("adaptive") == lines("r") == []
    assert [line.partition(" (")[0] for line in lines("adaptive", "rho")] == [
        "**Adaptive sharpness**, by its name"
    ]


@pytest.mark.parametrize(
    ("buffers", "words"),
    [
        ((), "adds no state."),
        ((samples.buffer("extra", 8),), "adds 8 B of state."),
        ((samples.buffer("extra", 2000),), "adds 0.50× the parameters of state."),
    ],
)
def test_the_cost_is_the_difference_of_the_runs(buffers, words):
    (line,) = lines("cautious", options=(tried("cautious", buffers=buffers),))
    assert line.endswith(f"Measured: `cautious=True` {words}")


def test_less_state_is_saved():
    option = Option(name="momentum_dtype", value="torch.bfloat16")
    run = samples.run("toy:Toy", (samples.buffer("m", 2000),), options=(option,), trajectory="b" * 64)
    (line,) = lines("momentum_dtype", options=(OptionRun(option=option, run=run),))
    assert line.endswith("`momentum_dtype=torch.bfloat16` saves 0.50× the parameters of state.")


def test_an_option_that_moved_nothing_alone_is_measured_by_itself_only():
    (line,) = lines("fixed_decay", options=(tried("fixed_decay", trajectory="a" * 64),))
    assert line.endswith("`fixed_decay=True` adds no state by itself.")


def test_an_option_that_cannot_be_run_alone_is_told_with_what_it_was_run_beside():
    nesterov, momentum = Option(name="nesterov", value="True"), Option(name="momentum", value="0.1")
    refused = OptionRun(option=nesterov, failure=Failure(kind="refused", message="It needs momentum."))
    beside = Combination(option=nesterov, together=(momentum,), dtype="float32", changes=True)
    (line,) = lines("nesterov", options=(refused,), combinations=(beside,))
    assert line.endswith("Measured: `nesterov=True` beside `momentum=0.1` adds no state.")
    assert "Measured" not in lines("nesterov", options=(refused,))[0]


def test_costly_ones_come_first_then_published_ones_and_no_more_than_eight():
    runs = ("foreach", "maximize", "differentiable", "capturable", "fused")
    rules = ("fixed_decay", "n_sma_threshold", "cautious", "rectify", "use_shadow")
    found = lines(*runs, *rules, options=(tried("use_shadow", buffers=(samples.buffer("shadow", 4000),)),))
    titles = [line.partition("**")[2].partition("**")[0] for line in found[:8]]
    assert titles[:4] == [
        "Shadow weights",
        "Cautious updates",
        "Rectification",
        "Threshold of the rectification",
    ]
    assert found[8:] == ["and `fused` and `fixed_decay`, which `optreview explain NAME` tells"]


def test_a_paper_is_linked_once():
    first, second = lines("rectify", "n_sma_threshold")
    assert "](https://arxiv.org/abs/1908.03265), 2019)" in first
    assert "(`n_sma_threshold`; from the paper of Rectification)" in second


def test_an_option_taken_through_kwargs_is_told_when_it_was_seen_to_act():
    assert len(lines("lr", options=(tried("adanorm"),))) == 1
    assert lines("lr", options=(tried("adanorm", trajectory="a" * 64),)) == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_stays_inside_its_code_span(hostile):
    (line,) = lines("cautious", options=(tried("cautious", value=hostile),))
    assert f"Measured: {code('cautious=' + hostile)} adds no state." in line


def test_every_idea_can_be_on_a_page():
    for idea in options.load():
        shown = lines(*(idea.names), *idea.beside.values())
        expected = idea.kind == "option" or idea.paper is not None
        assert any(line.startswith(f"**{idea.title}**, by ") for line in shown) == expected, idea.id
