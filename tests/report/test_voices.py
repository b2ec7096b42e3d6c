"""Voices: the same facts in each, remarks that fit the facts, hostile text harmless in all of them."""

import itertools
import re
from collections import Counter
from pathlib import Path

import markdown_it
import pytest

from optreview.cli import analyze
from optreview.records import Hyperparameter
from optreview.report import environment, store
from optreview.report.formats import markdown
from optreview.report.voices import finding, folders
from optreview.report.voices.asides import Asides
from tests import samples
from tests.report.test_escaping import HOSTILE
from tests.report.test_page import SECTIONS, headings, review

PLAYFUL = folders.shipped("playful")
ASIDES = sorted((PLAYFUL.folder / "asides").glob("*.md.j2"))
ALL = sorted((Path(__file__).parents[2] / "reviews").glob("*/*.json"))
#: A sample, so that it takes no longer when there are more.
RECORDS = ALL[:: len(ALL) // 6]

FACTS = {
    "numbers": re.compile(r"(?<![\w.])\d[\d.,]*\d|(?<![\w.])\d"),
    "code": re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL),
    "links": re.compile(r"\]\(\S+\)"),
    "headings": re.compile(r"^#+ .*$", re.MULTILINE),
    "bold": re.compile(r"\*\*[^*\n]+\*\*"),
    "cells": re.compile(r"(?<!\\)\|"),
}


def remarks(reviewed):
    """What the playful voice adds to a page, word for word."""
    said = []

    class Noted(Asides):
        def __call__(self, place, **about):
            taken = super().__call__(place, **about)
            said.extend([str(taken)] if taken else [])
            return taken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "Asides", Noted)
        markdown.render(reviewed, PLAYFUL)
    return said


@pytest.mark.parametrize(
    "reviewed",
    [*map(store.load, RECORDS), review(samples.evidence()), review(samples.not_run())],
    ids=[*(f"{path.parent.name}.{path.stem}" for path in RECORDS), "sample", "not run"],
)
def test_every_voice_tells_the_same_facts(reviewed):
    plain, playful = markdown.render(reviewed), markdown.render(reviewed, PLAYFUL)
    for kind, pattern in FACTS.items():
        assert Counter(pattern.findall(playful)) == Counter(pattern.findall(plain)), kind
    assert len(playful) > len(plain) + 300
    for remark in remarks(reviewed):
        playful = playful.replace(remark, "", 1)
    words = re.compile(r"\w+")
    assert words.findall(playful) == words.findall(plain)


def test_a_remark_has_no_figures_no_markup_and_is_offered_once():
    lines = [line for path in ASIDES for line in path.read_text().splitlines()]
    offered = [line for line in lines if line and not line.startswith(("{%", "{#", "   "))]
    assert len(offered) > 500
    assert [line for line in offered if re.search(r"[\d`|*_<>\[\]{}#$\\]", line)] == []
    assert [line for line in offered if not line.endswith((".", "?", "!", '".'))] == []
    assert [line for line, times in Counter(offered).items() if times > 1] == []


def test_every_place_that_the_shipped_voices_speak_at_is_asked_for():
    for name in folders.names():
        finding.check(folders.shipped(name))


def test_the_help_names_the_voices():
    (option,) = (each for each in analyze.analyze.params if each.name == "voice")
    assert f"{', '.join(folders.names())}, or" in str(option.help)


def test_remarks_are_the_same_for_a_class_and_others_for_another():
    def named(name):
        return review(samples.renamed(samples.evidence(), module=name))

    assert remarks(named("a")) == remarks(named("a"))
    pages = [set(remarks(named(f"package.{number}"))) for number in range(8)]
    repeated = [len(first & second) for first, second in itertools.combinations(pages, 2)]
    # The same facts allow the same remarks only, so that these are the likest pages there can be.
    assert sum(repeated) / len(repeated) < min(map(len, pages)) / 2
    assert max(repeated) < min(map(len, pages))


def test_the_reviews_beside_each_other_hardly_repeat_a_remark():
    pages = [set(remarks(store.load(path))) for path in RECORDS]
    repeated = [len(first & second) for first, second in itertools.combinations(pages, 2)]
    assert all(len(page) >= 12 for page in pages)
    assert sum(repeated) / len(repeated) < 2


def offered(place, **facts):
    """All remarks of a place for some facts."""
    template = environment.create(PLAYFUL).get_template(f"asides/{place}.md.j2")
    return {line for line in template.render(one_in=lambda *_: True, **facts).splitlines() if line}


class Kept:
    """A made-up view of memory, with as much state as AdamW or more or less."""

    hidden_buffers = ()
    growth = None

    def __init__(self, ratio):
        self.state_over_adamw = ratio
        self.nearly_adamw = abs(ratio - 1) < 0.005
        self.default = samples.run("toy:Toy", ())
        self.adamw = samples.run(samples.ADAMW, ())


def test_remarks_on_memory_follow_the_figures():
    ratios = (0, 0.01, 0.5, 0.9, 1.0, 1.5, 8.0)
    groups = [offered("memory", memory=Kept(ratio)) for ratio in ratios]
    assert all(groups)
    for first, second in itertools.combinations(groups, 2):
        assert not first & second
    alike = "On the scales they are twins, whatever they tell you about their exercise."
    assert [alike in group for group in groups] == [
        ratio == 1.0 for ratio in (0, 0.01, 0.5, 0.9, 1.0, 1.5, 8.0)
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_docstrings_add_no_markup_in_the_playful_voice(text):
    parameter = Hyperparameter(
        name="lr", location=samples.at(1), default=text, description=text, annotation=text
    )
    silent = Hyperparameter(
        name=text, location=samples.at(1), default=None, description=None, annotation=None
    )
    static = samples.static(summary=text, hyperparameters=(parameter, silent), limits=(text,), complete=False)
    hostile = samples.renamed(samples.evidence(static=static), module=text, class_name=text)
    page = markdown.render(review(hostile), PLAYFUL)
    parser = markdown_it.MarkdownIt("commonmark").enable("table")
    assert "html_block" not in [t.type for t in parser.parse(page)][1:]
    inline = {c.type for t in parser.parse(page) for c in t.children or ()}
    assert not inline & {"html_inline", "image"}
    assert headings(page)[1:] == SECTIONS[1:]
