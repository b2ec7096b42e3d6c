"""The first screen and the overview: what was shown is told from what a name or the nearest rule says."""

from __future__ import annotations

import msgspec
import pytest

from optreview.judgement.criteria import load
from optreview.records import HeldOptimizer, Hyperparameter, Kin, MethodAside, Site
from tests import samples
from tests.judgement.test_identity import EXCEPT, OTHER, SAME, evidence
from tests.report.test_conformance import answer, having
from tests.report.test_page import page
from tests.static import facts_samples


def first(text: str) -> str:
    """What stands behind "What it is", and the overview's first paragraph."""
    what = text.partition("- **What it is:** ")[2].partition("\n")[0]
    return what + "\n" + text.partition("## Overview\n\n")[2].partition("\n")[0]


@pytest.mark.parametrize(
    ("name", "kin", "said", "unsaid"),
    [
        ("Adam", (SAME, OTHER), "by its name and its update rule", "steps that were run"),
        (
            "Fancy",
            (SAME, OTHER),
            "in the steps that were run, at its defaults, the update rule of Adam",
            "this is",
        ),
        ("Fancy", (EXCEPT,), "an update rule near that of Adam (2014", "this is"),
        ("AdaBelief", (EXCEPT,), "and not the same; it is named AdaBelief", "this is"),
        ("Adam", (EXCEPT,), "and not quite the same", "proven"),
        ("Fancy", (OTHER,), "is none of those in it", "near."),
    ],
)
def test_a_rule_that_is_near_is_not_called_the_same(
    name: str, kin: tuple[Kin, ...], said: str, unsaid: str
) -> None:
    text = first(page(evidence(name, *kin)))
    assert said in text
    assert unsaid not in text


def test_what_is_in_no_catalogue_speaks_for_itself_and_a_wrapper_says_around_what_it_ran() -> None:
    held = HeldOptimizer(attribute="inner", how="given as an argument", location=samples.subject().location)
    workings = facts_samples.workings(facts_samples.real("torch.optim:ASGD"))
    around = samples.static(summary="Steps twice.", workings=msgspec.structs.replace(workings, holds=(held,)))
    ran = samples.dynamic()
    snippet = "optimizer = Toy(torch.optim.SGD(model.parameters(), lr=0.001))"
    ran = msgspec.structs.replace(ran, recipe=msgspec.structs.replace(ran.recipe, snippet=snippet))
    text = page(samples.evidence(static=around, dynamic=ran))
    assert "a wrapper around another optimizer, run here around torch's SGD; not in the catalogue" in text
    assert text.count("“Steps twice.”") == 1


def test_the_biggest_issue_is_what_was_seen_and_not_all_that_a_failure_can_mean() -> None:
    failing = answer("steps_on_sharded_parameters", "fail", "Stepping on shards raised RuntimeError: no.")
    other = answer("lr_in_groups", None, "It could not be tried.", "errored")
    text = page(samples.evidence(dynamic=having(failing, other))).partition("\n---\n")[0]
    assert (
        "- **Biggest issue:** `steps_on_sharded_parameters`: Stepping on shards raised RuntimeError: no."
        in text
    )
    assert "; 1 was not decided." in text


def test_a_note_in_a_sentence_is_escaped_once() -> None:
    told = samples.measured("resumption", "differs", "answer", note="It raised KeyError: 'exp_avg'.")
    text = page(samples.evidence(dynamic=samples.dynamic(measurements=(told,))))
    assert "It raised KeyError: 'exp\\_avg'." in text
    assert "\\\\" not in text


def test_a_share_that_is_enough_is_not_called_all() -> None:
    at = samples.subject().location
    some = tuple(
        Hyperparameter(name=f"a{n}", location=at, annotation="float" if n else None) for n in range(8)
    )
    told = samples.measured(
        "parameters_annotated", 0.875, "share", note="7 of 8 hyperparameters are annotated; missing: `a0`"
    )
    text = page(samples.evidence(static=samples.static(hyperparameters=some, measurements=(told,))))
    assert "7 of 8 hyperparameters are annotated; missing: `a0`." in text


def test_a_step_that_is_one_graph_and_compiled_anew_each_time_is_not_denied_the_graph() -> None:
    told = samples.measured(
        "compiles_as_one_graph", "fail", "outcome", note="Its step is compiled anew each time."
    )
    text = page(samples.evidence(dynamic=having(told)))
    assert "as one graph that it goes on using. Its step is compiled anew each time." in text
    assert "its step as one graph. Its" not in text


def test_no_sentence_of_a_criterion_joins_what_is_escaped_with_what_is_not() -> None:
    assert [each.id for each in load() if "~" in each.strength + each.weakness] == []


def test_what_no_option_decides_is_not_said_of_every_path() -> None:
    workings = facts_samples.workings(facts_samples.real("torch.optim:ASGD"))
    place = samples.subject().location
    sites = [Site(location=place, expression="norm.item()", certain=certain) for certain in (True, False)]

    def row(*found: Site) -> str:
        read = samples.static(workings=msgspec.structs.replace(workings, host_syncs=found))
        text: str = page(samples.evidence(static=read))
        return text.partition("| Reads back to the host | ")[2].partition(" |")[0]

    assert row(sites[0]) == "at least 1 place, whatever the options"
    # a list of tensors in one call may well be the default: no "other" path
    told: str = page(samples.evidence(static=samples.static(workings=workings)))
    assert "| Paths other than a plain loop | foreach" in told
    assert row(sites[1]) == "at least 1 place, under a condition"
    assert row(*sites) == "at least 2 places, 1 of them whatever the options, the others under conditions"


def test_without_a_final_score_points_are_told_of_the_scores_that_there_are() -> None:
    text = page(samples.evidence())
    assert "**Verdict:** not measured." in text
    assert "of the mean of the scores that there are:" in text
    assert "of the final score:" not in text


def test_methods_that_nothing_called_are_named_and_those_that_were_called_are_not() -> None:
    place = samples.subject().location
    aside = tuple(
        MethodAside(name=name, location=place, touches=touches)  # type: ignore[arg-type]
        for name, touches in (
            ("eval", ("parameters",)),
            ("several", ("gradients", "state")),
            ("train", ("parameters",)),
        )
    )
    workings = facts_samples.workings(facts_samples.real("torch.optim:ASGD"))
    static = samples.static(workings=msgspec.structs.replace(workings, aside=aside))
    ran = samples.dynamic()
    lines = "optimizer.train()\noptimizer.step()"
    ran = msgspec.structs.replace(ran, recipe=msgspec.structs.replace(ran.recipe, snippet=lines))
    text = page(samples.evidence(static=static, dynamic=ran))
    told = text.partition("Neither `step` nor these lines call ")[2].partition("\n")[0]
    assert told.startswith("`eval` (line")
    assert "which writes parameters, and `several` (line" in told
    assert "which reads or writes gradients and writes state: they were not run" in told
    assert "`train`" not in told
