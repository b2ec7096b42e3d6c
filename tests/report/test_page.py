"""The page: every section in order, figures from the record, hostile names harmless, absence said."""

import re
from pathlib import Path

import markdown_it
import msgspec
import pytest

from optreview.judgement import catalogue, verdict
from optreview.records import (
    GENERATOR,
    SCHEMA_VERSION,
    DtypeRun,
    Failure,
    Hyperparameter,
    ModelTensor,
    Review,
    Timing,
)
from optreview.records.scale import ADAMW_PATH
from optreview.report import store
from optreview.report.formats import markdown
from tests import samples
from tests.report.test_escaping import HOSTILE

REVIEWS = Path(__file__).parents[2] / "reviews"
SECTIONS = [
    "Toy Optimizer Review",
    "Overview",
    "Detailed Explanation",
    "Elegancy of Implementation Score",
    "Memory Consumption Analysis",
    "Optimization Score",
    "Interesting Idea Behind the Optimizer",
    "Novelty Score",
    "Pros for Your Use Case",
    "Cons for Your Use Case",
    "Use Case Score",
    "Conclusion",
    "Recommended Hyperparameters",
    "Recommendation",
    "Disclaimer",
]


def review(evidence, **more):
    return Review(
        schema_version=SCHEMA_VERSION,
        generator=GENERATOR,
        generator_version="0",
        evidence=evidence,
        judged=verdict.weigh(evidence),
        **more,
    )


def page(evidence, **more):
    return markdown.render(review(evidence, **more))


def headings(text):
    return [line.lstrip("# ").split(":")[0] for line in text.splitlines() if line.startswith(("# ", "## "))]


@pytest.mark.parametrize("evidence", [samples.evidence(), samples.not_run()])
def test_every_section_is_there_in_order(evidence):
    assert headings(page(evidence)) == SECTIONS


def test_figures_are_the_records():
    text = page(samples.evidence())
    # 4,000 bytes of state on 4,000 bytes of parameters; AdamW keeps 8,008.
    assert "**Memory:** 0.50× AdamW's state, 4 B per parameter in float32" in text
    assert "(`amsgrad=True` +1.00× the parameters). A step needs 1.00× the parameters in temp" in text
    # a loop's is that of the small model's tensors, and of no other model's
    assert "temporaries on the small model of the run; AdamW 1.00× for-loop.\n" in text
    assert "| Toy | default | float32 | 1.00× | 4 B | 2.00× | 1.00× |" in text
    assert "| AdamW | default (for-loop) | float32 | 2.00× | 8.01 B |" in text


def test_the_first_screen_holds_the_answer():
    for evidence in (samples.evidence(), samples.not_run()):
        first = page(evidence).partition("\n---\n")[0]
        assert len(first.splitlines()) < 30
        for said in ("toy:Toy", "**What it is:**", "**Memory:**", "**Verdict:**", "**Final**"):
            assert said in first
    assert "**Not run:**" in first
    assert "**Memory:** not measured." in first


def test_late_steps_that_are_not_alike_are_told_beside_the_last():
    moved = 40_000
    late = samples.run("toy:Toy", (), late_operations=(10, 10, 20), late_moved=(moved, moved, moved))
    text = page(samples.evidence(dynamic=samples.dynamic(runs=(late,))))
    assert (
        "The last 3 steps of Toy (default) are not alike: they take 10 to 20 operations, 13.33 in the" in text
    )
    assert "are not alike" not in page(samples.evidence(dynamic=samples.dynamic()))


def test_the_cost_of_a_step_is_the_records():
    text = page(samples.evidence())
    assert "| Toy | default | 20 | 10.00× | 1 | 0.90× |" in text
    assert "so it is the same on every machine with the same PyTorch" in text
    bare = samples.dynamic(runs=(samples.run("toy:Toy", (), cost=None),), references=())
    assert "What a steady step costs" not in page(samples.evidence(dynamic=bare))


def test_what_was_not_run_is_said_and_no_number_takes_its_place():
    text = page(samples.not_run("It needs `numpyy`."))
    assert "**Not run:** It needs `numpyy`." in text
    assert "not measured | not measured" in text
    assert "Score: not measured" in text


def test_why_it_was_not_run_is_said_once():
    text = page(samples.not_run("It needs `numpyy`."))
    assert text.count("It needs `numpyy`.") == 1
    assert "Not measured, since it was not run: State no larger than AdamW's" in text


def test_the_date_is_printed_only_when_asked_for():
    assert "2026" not in page(samples.evidence())
    assert "on 2026-01-02" in page(samples.evidence(), reviewed_on="2026-01-02")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_docstrings_add_no_markup(text):
    clean = samples.evidence()
    parameter = Hyperparameter(
        name="lr", location=samples.at(1), default=text, description=text, annotation=text
    )
    hostile = msgspec.structs.replace(
        clean,
        static=samples.static(summary=text, hyperparameters=(parameter,), limits=(text,), complete=False),
    )
    parser = markdown_it.MarkdownIt("commonmark").enable("table")
    kinds = [t.type for t in parser.parse(page(hostile))]
    assert "html_block" not in kinds[1:]
    inline = {c.type for t in parser.parse(page(hostile)) for c in t.children or ()}
    assert not inline & {"html_inline", "image"}
    assert headings(page(hostile)) == SECTIONS


def test_the_same_record_gives_the_same_bytes():
    assert page(samples.evidence()) == page(samples.evidence())


def test_time_is_told_as_a_band_or_with_the_reason_and_not_at_all_unless_asked_for():
    assert "CPU time" not in page(samples.evidence())
    timing = Timing(workload="w", implementation="foreach", rounds=480, threads=1, ratio=2.0)
    text = page(samples.evidence(dynamic=samples.dynamic(timing=timing)))
    assert "a step takes 1.80× to 2.20× that of AdamW on the same path (foreach)" in text
    assert "480 steps of each, taken in turn, 1 thread" in text
    late = samples.dynamic(not_timed=Failure(kind="timeout", message="It took too long."))
    assert "**CPU time:** not measured. It took too long." in page(samples.evidence(dynamic=late))


def test_dtypes_are_told_beside_adamw_with_what_refuses():
    tensors = (ModelTensor(name="w", shape=(25, 40), dtype="float16"),)
    ran = samples.run("toy:Toy", (samples.buffer("m", 2000, dtypes=("float32",)),), dtype="float16")
    refused = Failure(kind="not-driven", message="Running in float64 raised TypeError: no.")
    found = samples.dynamic(
        dtypes=(
            DtypeRun(dtype="float16", workload="w", tensors=tensors, run=ran),
            DtypeRun(dtype="float64", workload="w", tensors=tensors, failure=refused),
        ),
        dtype_references=(samples.run(samples.ADAMW, samples.ADAMW_STATE, dtype="float16", finite=False),),
    )
    text = page(samples.evidence(dynamic=found))
    assert "| float32 | 1.00× | as the parameters | yes | 2.00× | yes |" in text
    assert "| float16 | 0.50× | float32 | yes | 2.00× | no |" in text
    assert "| float64 | does not run | – | – | – | – |" in text
    assert "- float64: Running in float64 raised TypeError: no." in text
    slow = msgspec.structs.replace(found.dtypes[1], failure=Failure(kind="timeout", message="It took long."))
    late = samples.dynamic(dtypes=(found.dtypes[0], slow), dtype_references=found.dtype_references)
    assert "| float64 | did not finish | – | – | – | – |" in page(samples.evidence(dynamic=late))


def test_the_snippet_is_told_with_what_it_does_not_tell():
    assert "the protocol `plain`; by hand, that is:" in page(samples.evidence())
    plain = samples.dynamic()
    recipe = msgspec.structs.replace(plain.recipe, notes=("No weight moves before step 4.", "<b>x</b>"))
    text = page(samples.evidence(dynamic=msgspec.structs.replace(plain, recipe=recipe)))
    assert "the protocol `plain`. No weight moves before step 4." in text
    assert "By hand, that is:" in text
    assert "<b>" not in text


def test_a_remedy_adds_in_the_list_what_it_adds_in_the_table():
    text = page(store.load(REVIEWS / "pytorch_optimizer" / "CAME.json").evidence)
    listed = re.findall(r"\(\+([\d.]+), effort", text)
    table = text.partition("Its remedy adds |")[2].partition("\n\n")[0]
    rows = re.findall(r"\| (\d\.\d\d)[^|]* \|$", table, flags=re.MULTILINE)
    assert rows
    assert max(rows) == listed[0]
    assert f"(+{listed[0]} on the final score)" in text


def test_what_a_paper_takes_is_told_beside_the_equations_that_name_it():
    text = page(store.load(REVIEWS / "pytorch_optimizer" / "ADOPT.json").evidence)
    told = text.partition("### Beside ADOPT's paper")[2].partition("Known of `")[0]
    entry = catalogue.entry("adopt")
    assert entry is not None
    assert entry.equations is not None
    assert f"```text\n{entry.equations.strip()}\n```" in told
    assert "### Beside" not in page(samples.evidence())


def test_of_ranges_that_nobody_looked_for_it_is_not_said_that_none_is_published():
    text = page(store.load(REVIEWS / "pytorch_optimizer" / "ADOPT.json").evidence)
    assert "a decade to either side of its value; no range known here" in text
    assert "no published range" not in text


def test_the_path_that_adamw_is_counted_on_is_named_where_it_is_asked_what_fits():
    text = page(store.load(REVIEWS / "pytorch_optimizer" / "ADOPT.json").evidence)
    assert ADAMW_PATH == {"cpu": "for-loop", "cuda": "foreach"}
    told = text.partition("**Does it fit?**")[2]
    assert "AdamW is counted on its default path: foreach on CUDA, a for-loop on the CPU." in told
