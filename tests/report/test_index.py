"""The index: ranked, filtered, lined up, and harmless whatever a class is called."""

import itertools
import json
import re
from pathlib import Path

import markdown_it
import msgspec
import pytest
from rich.cells import cell_len

from optreview.judgement import gallery
from optreview.report import index, store
from optreview.report.aligned import aligned
from optreview.report.delivery import Delivery
from optreview.report.store import ClassName
from optreview.report.voices import folders
from tests import samples
from tests.report.test_escaping import HOSTILE
from tests.report.test_page import review

REVIEWS = Path(__file__).parents[2] / "reviews"
GIB = 1024**3


def deliver(folder, *reviews, voice=None):
    delivery = Delivery(folder, force=False, voice=voice)
    delivery.reserve([ClassName.of(each.evidence.static.subject) for each in reviews])
    for each in reviews:
        delivery.deliver(each)
    delivery.close()
    return (folder / "index.md").read_text()


def table(text, heading):
    """The rows of the table below a heading, as cells."""
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def named(text, title):
    """The pages behind the title of a question, and those of which the opposite is told."""
    (line,) = [each for each in text.splitlines() if each.startswith(f"- **{title}")]
    yes, _, no = line.partition(" Not measured: ")[0].partition(" Do not: ")
    return set(re.findall(r"<(\S+?)>", yes)), set(re.findall(r"<(\S+?)>", no))


@pytest.fixture(scope="module")
def text():
    return index.render(REVIEWS)


@pytest.fixture(scope="module")
def raw():
    """The records as JSON by the page, read without optreview."""
    paths = sorted(REVIEWS.glob("*/*.json"))
    return {f"{p.parent.name}/{p.stem}.md": json.loads(p.read_text())["evidence"]["dynamic"] for p in paths}


def value(dynamic, name):
    return next(each["value"] for each in dynamic["measurements"] if each["id"] == name)


def test_every_review_is_ranked_by_memory_and_by_score(text, raw):
    for heading in ("By memory", "By score"):
        rows = table(text, heading)
        assert sorted(re.findall(r"<(\S+?)>", row[0])[0] for row in rows) == sorted(raw)
    pages = [re.findall(r"<(\S+?)>", row[0])[0] for row in table(text, "By memory")]
    ratios = [value(raw[page], "state_over_adamw") for page in pages]
    assert all(first <= second + 0.001 for first, second in itertools.pairwise(ratios))
    scores = [float(row[-1].partition("/10")[0]) for row in table(text, "By score")]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("title", "name", "wanted"),
    [
        ("Resume from a checkpoint exactly", "state_dict_reloads", "pass"),
        ("Take sparse gradients", "sparse_gradients", "handled"),
        ("Compile under", "compiles_as_one_graph", "pass"),
    ],
)
def test_a_question_names_those_whose_record_says_so(text, raw, title, name, wanted):
    yes, no = named(text, title)
    answers = {page: value(dynamic, name) for page, dynamic in raw.items()}
    assert yes == {page for page, answer in answers.items() if answer == wanted}
    assert no == {page for page, answer in answers.items() if answer not in {wanted, None}}
    assert yes


def test_what_a_model_needs_is_told_beside_the_memory_it_is_to_fit_in(text, raw, monkeypatch):
    def needs(dynamic):
        runs = [r for r in dynamic["scale"]["runs"] if r["model"] == "llama-7b"]
        if not runs:  # the simulation was refused; the page says why
            return None
        run = next((r for r in runs if r["device"] == "cuda"), runs[0])
        peak = max(run["first_transient_bytes"], run["steady_transient_bytes"])
        return run["parameter_bytes"] + run["gradient_bytes"] + run["state_bytes"] + peak

    needed = {page: need for page, dynamic in raw.items() if (need := needs(dynamic)) is not None}
    least = min(needed.values())
    assert f"the least in all is {least / GIB:.2f} GiB" in text
    assert named(text, "Fit LLaMA 7B in bfloat16 into 24 GiB")[0] == {"torch/SGD.md"}
    larger = msgspec.structs.replace(gallery.load(), gib=51)
    monkeypatch.setattr(gallery, "load", lambda: larger)
    fitting = named(index.render(REVIEWS), "Fit LLaMA 7B in bfloat16 into 51 GiB")[0]
    assert fitting == {page for page, need in needed.items() if need <= 51 * GIB}
    assert 0 < len(fitting) < len(raw)


def test_what_was_not_run_is_not_measured_and_comes_last(tmp_path):
    text = deliver(
        tmp_path, review(samples.not_run()), review(samples.renamed(samples.evidence(), package="b"))
    )
    last = table(text, "By memory")[-1]
    assert "<toy/Toy.md>" in last[0]
    assert last[2:5] == ["not measured"] * 3
    assert set(last[-4:]) <= {"not measured", "no", "yes"}
    assert "not measured" in last[-4:]
    assert " of b" in text
    assert "Not measured: " in text


def test_pages_in_other_voices_are_linked(tmp_path):
    assert "playful" not in deliver(tmp_path, review(samples.evidence()))
    text = deliver(tmp_path, review(samples.evidence()), voice=folders.shipped("playful"))
    assert "[Toy](<toy/Toy.md>) ([playful](<toy/Toy.playful.md>))" in text
    (tmp_path / "toy" / "Toy.md").unlink()
    assert "[Toy](<toy/Toy.playful.md>)" in index.render(tmp_path)


def test_tables_line_up():
    text = index.render(REVIEWS)
    groups = itertools.groupby(text.splitlines(), key=lambda line: line.startswith("|"))
    tables = [list(lines) for is_table, lines in groups if is_table]
    assert len(tables) == 2
    for lines in tables:
        assert len({cell_len(line) for line in lines}) == 1
        bars = [[m.start() for m in re.finditer(r"(?<!\\)\|", line)] for line in lines]
        assert all(each == bars[0] for each in bars)
    wide = aligned("| a | b |\n|---|--:|\n| 漢字\\| | 1.5 |\ntext | 1")
    assert wide == "| a      |   b |\n| ------ | --: |\n| 漢字\\| | 1.5 |\ntext | 1"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_in_their_cells(tmp_path, name):
    hostile = samples.renamed(samples.evidence(), class_name=name, distribution=name, version=name)
    text = deliver(tmp_path, review(hostile), review(samples.renamed(samples.evidence(), package="b")))
    parser = markdown_it.MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(text)
    assert "html_block" not in [t.type for t in tokens][1:]
    inline = {c.type for t in tokens for c in t.children or ()}
    assert not inline & {"html_inline", "image"}
    links = [c.attrGet("href") for t in tokens for c in t.children or () if c.type == "link_open"]
    assert {str(link).startswith(("toy/", "b/")) for link in links} == {True}
    assert [t.type for t in tokens].count("heading_open") == 4
    assert len(table(text, "By memory")) == 2
    assert store.pages(next(tmp_path.glob("toy/*.json")))
