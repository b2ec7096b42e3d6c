"""The page on behaviour: figures beside AdamW's and SGD's, and sentences that say no more than they do."""

from __future__ import annotations

import re

import msgspec
import pytest

from optreview.evidence.dynamic.behaviour._scenario import Move, scenarios
from optreview.evidence.dynamic.carding import card
from optreview.evidence.dynamic.wire import Behaved
from optreview.judgement import behaviour
from optreview.records import BehaviourCard, Response
from tests import samples
from tests.report.test_page import page


def carded(lr: float | None = 0.1, **figures: float | str) -> BehaviourCard:
    """A card with figures, or words, of some scenarios; AdamW's elsewhere."""
    made = card([Behaved(lr=lr, responses=())])
    assert made is not None
    own = []
    for each in made.adamw:
        value = figures.get(each.scenario, each.figure)
        figure = None if isinstance(value, str) else value
        word = value if isinstance(value, str) else None
        own.append(Response(scenario=each.scenario, figure=figure, word=word))  # type: ignore[arg-type]
    return msgspec.structs.replace(made, subject=tuple(own))


def section(made: BehaviourCard | None) -> str:
    text: str = page(samples.evidence(dynamic=samples.dynamic(behaviour=made)))
    return text.partition("### How it behaves")[2].partition("\n## ")[0]


def test_that_a_row_alone_has_the_seldom_gradient_is_said() -> None:
    rare = {each.id: [gradient.first for gradient in each.courses[0]] for each in scenarios()}
    assert {name for name, first in rare.items() if any(one is not None for one in first)} == {
        "sparse_coordinate"
    }
    assert "the other rows having a gradient of 1 in every step" in section(carded())


def test_ways_are_downhill_but_where_gradients_have_no_mean_and_at_the_spike() -> None:
    told = "in either direction where gradients have no mean and at the spike"
    assert told in section(carded())
    for each in scenarios():
        to_and_fro = [
            [Move(downhill=0.0, size=1.0 + step + course, first=0.0) for step in range(len(gradients))]
            for course, gradients in enumerate(each.courses)
        ]
        try:
            either = each.figure(to_and_fro) != 0
        except ZeroDivisionError:  # a ratio of ways downhill, of which there are none
            either = False
        means = [sum(gradient.mean for gradient in gradients) for gradients in each.courses]
        assert either is (not any(means) or each.id == "spike"), each.id


def test_every_scenario_has_a_line_beside_adamw_and_sgd() -> None:
    text = section(carded(spike=250.0))
    assert all(f"| {each.label} | " in text for each in scenarios())
    spike = "| gradient of 10 after 25 of 0.1: largest of steps 26 to 35 over the mean of 16 to 25 |"
    assert f"{spike} 250 | 0.59 | 100 |" in text


def test_what_is_nearly_a_hundred_is_one_in_the_table_and_in_the_sentence() -> None:
    text = section(carded(spike=99.99))
    assert "| 100 | 0.59 | 100 |" in text
    assert "leads to a step of 100 times the usual" in text


def test_a_word_stands_where_there_is_no_figure_and_no_sentence_rests_on_it() -> None:
    text = section(carded(thousandfold="diverged", oscillating="failed"))
    assert "| diverged | 1 | 1000 |" in text
    assert "thousand times as large" not in text
    assert "changes its sign" not in text


def test_without_lr_the_page_says_so() -> None:
    assert "its own groups have no lr that is a number" in section(carded(lr=None))
    assert "no lr" not in section(carded())


def test_a_default_lr_whose_steps_are_far_from_adamws_is_told_beside_the_jobs() -> None:
    def told(noise_even: float | str) -> str:
        made = carded(noise_even=noise_even)
        text: str = page(samples.evidence(dynamic=samples.dynamic(behaviour=made)))
        (line,) = [line for line in text.splitlines() if line.startswith("Mind the learning rate")] or [""]
        return line

    assert "by 23 times the lr on the mean, and AdamW's by 0.71 times its own" in told(23.0)
    assert "the default lr of `0.1` that is 2.3; for AdamW, with `1e-4`, it would be 7.1e-05" in told(
        noise_even=23.0
    )
    assert "by 0.1 times the lr" in told(0.1)
    assert [told(each) for each in (3.0, 0.2, "failed", -20.0)] == [""] * 4


def test_what_was_not_measured_is_called_so() -> None:
    assert "was not measured" in section(None)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"first_step": 0.1, "twentieth_step": 1.0}, "Its steps grow at first: .* 0.1 times"),
        ({"first_step": 1.0, "twentieth_step": 0.2}, "Its steps shrink by themselves: .* 5 times"),
        ({"thousandfold": 1000.0}, "Under noise its step follows the scale of the loss: .* 1000×"),
        ({"thousandfold": 30.0}, "in part: .* 30×"),
        (
            {"large_constant": 3.003},
            "larger in the mean than AdamW's, as the table counts them: 3 times",
        ),
        ({"oscillating": 1.0}, "larger in the mean than AdamW's, as the table counts them: 18 times"),
        ({"spike": 100.0}, "A rare spike goes through: after 25 usual .* 100 times"),
        ({"vanishing_noise": 1.64}, "As noise fades its steps grow: to 1.6 times"),
        ({"vanishing_noise": 0.5}, "become smaller: 0.5 times"),
    ],
)
def test_a_sentence_follows_from_the_figures(figures: dict[str, float], words: str) -> None:
    said = behaviour.sentences(carded(**figures))
    assert any(re.search(words, sentence) for sentence in said), said


def test_beside_adamw_steps_are_long_or_short_for_their_lr() -> None:
    card = carded(lr=0.1, large_constant=0.2, oscillating=0.02)
    beside = [each for each in behaviour.sentences(card) if "AdamW" in each]
    assert len(beside) == 2
    assert all("than AdamW's, as the table counts them: 0." in each for each in beside)


def test_adamw_beside_itself_has_no_sentence_of_difference() -> None:
    said = " ".join(behaviour.sentences(carded()))
    assert "larger" not in said
    assert "smaller" not in said
    assert "grow" not in said
    assert "no warm-up of its own" in said


def test_every_reading_is_of_scenarios_and_its_bands_rise() -> None:
    known = {each.id for each in scenarios()}
    for reading in behaviour.load():
        assert reading.scenario in known
        assert reading.over in known | {"", "AdamW"}
        limits = [band.most for band in reading.bands]
        assert limits[-1] is None
        assert sorted(filter(None, limits)) == limits[:-1]
        assert all("{value}" in band.says for band in reading.bands if band.says)


def test_a_spike_is_told_with_the_steps_before_it_since_a_late_one_goes_further() -> None:
    (spike,) = (each for each in scenarios() if each.id == "spike")
    usual = next(place for place, each in enumerate(spike.courses[0]) if each != spike.courses[0][0])
    for size in (0.59, 30.0, 100.0):
        (said,) = [each for each in behaviour.sentences(carded(spike=size)) if "a hundred times" in each]
        assert f"fter {usual} usual gradients, one a hundred times as large leads to " in said
    assert f"gradient of 10 after {usual} of 0.1" in spike.label
