"""The page: every section in order, figures from the record, hostile names harmless, absence said."""

import re

import markdown_it
import msgspec
import pytest

from optreview.judgement import verdict
from optreview.records import (
    GENERATOR,
    SCHEMA_VERSION,
    Combination,
    Creation,
    DtypeRun,
    Failure,
    Growth,
    HostBuffer,
    Hyperparameter,
    ModelTensor,
    Option,
    OptionRun,
    Review,
    Timing,
)
from optreview.report.formats import markdown
from tests import samples
from tests.report.test_escaping import HOSTILE

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


def page(evidence, **more):
    return markdown.render(
        Review(
            schema_version=SCHEMA_VERSION,
            generator=GENERATOR,
            generator_version="0",
            evidence=evidence,
            judged=verdict.weigh(evidence),
            **more,
        )
    )


def headings(text):
    return [line.lstrip("# ").split(":")[0] for line in text.splitlines() if line.startswith(("# ", "## "))]


@pytest.mark.parametrize("evidence", [samples.evidence(), samples.not_run()])
def test_every_section_is_there_in_order(evidence):
    assert headings(page(evidence)) == SECTIONS


def test_figures_are_the_records():
    text = page(samples.evidence())
    # 4,000 bytes of state on 4,000 bytes of parameters; AdamW keeps 8,008.
    assert "1.00× the parameters in float32 (4 B per parameter), against 2.00× for AdamW" in text
    assert "**`amsgrad=True`** adds 1.00× the parameters of state: 2.00× in all" in text
    assert "| Toy | default | float32 | 1.00× | 4 B | 2.00× | 1.00× |" in text
    assert "| AdamW | default (for-loop) | float32 | 2.00× | 8.01 B |" in text


def test_the_cost_of_a_step_is_the_records():
    text = page(samples.evidence())
    assert "| Toy | default | 20 | 10.00× | 1 | 0.90× |" in text
    bare = samples.dynamic(runs=(samples.run("toy:Toy", (), cost=None),), references=())
    assert "What a steady step costs" not in page(samples.evidence(dynamic=bare))


def idle(name):
    """A run with an option that changes nothing."""
    option = Option(name=name, value="True")
    return OptionRun(
        option=option, run=samples.run("toy:Toy", (samples.buffer("m", 4000),), options=(option,))
    )


def test_an_option_without_an_effect_is_told_with_what_was_tried():
    tried = Combination(
        option=Option(name="amsgrad", value="True"), together=(), dtype="bfloat16", changes=False
    )
    found = samples.dynamic(options=(idle("amsgrad"),), combinations=(tried,))
    text = page(samples.evidence(dynamic=found))
    assert "- `amsgrad=True`, also with `bfloat16`." in text
    alone = page(samples.evidence(dynamic=samples.dynamic(options=(idle("amsgrad"),))))
    assert "- `amsgrad=True`, tried by itself only." in alone
    changing = msgspec.structs.replace(tried, changes=True)
    text = page(
        samples.evidence(dynamic=samples.dynamic(options=(idle("amsgrad"),), combinations=(changing,)))
    )
    assert "| with `bfloat16` |" in text
    assert "- `amsgrad=True`" not in text


def test_a_swallowed_keyword_that_does_nothing_is_no_option():
    text = page(samples.evidence(dynamic=samples.dynamic(options=(idle("name"),))))
    assert "name=True" not in text


def test_a_buffer_that_an_option_creates_is_shown_with_its_gate():
    rows = [line for line in page(samples.evidence()).splitlines() if line.startswith("| `vmax`")]
    assert len(rows) == 1
    assert "`amsgrad=True`" in rows[0]
    assert "4 B a parameter" in rows[0]
    assert "line 13" in rows[0]


def test_a_buffer_that_no_run_brought_up_is_shown_as_the_source_has_it():
    rows = [
        line
        for line in page(samples.evidence(dynamic=samples.dynamic(options=()))).splitlines()
        if line.startswith("| `vmax`")
    ]
    assert len(rows) == 1
    assert "not seen" in rows[0]
    assert "`group['amsgrad']`" in rows[0]


def test_what_was_not_run_is_said_and_no_number_takes_its_place():
    text = page(samples.not_run("It needs `numpyy`."))
    assert "**Not run:** It needs `numpyy`." in text
    assert "not measured | not measured" in text
    assert "Score: not measured" in text


def test_the_date_is_printed_only_when_asked_for():
    assert "2026" not in page(samples.evidence())
    assert "on 2026-01-02" in page(samples.evidence(), reviewed_on="2026-01-02")


ON_A_SMALL_MODEL = "(a small model, 210 steps)."


@pytest.mark.parametrize(
    ("growth", "words"),
    [
        ({"verdict": "constant", "settled_at": 1}, "state did not grow over 210 steps with fresh gradients."),
        (
            {"verdict": "lazy", "settled_at": 40},
            "the last buffer appears in step 40; from then on state stays at 2.00× the parameters "
            + ON_A_SMALL_MODEL,
        ),
        (
            {"verdict": "periodic", "period": 4, "most_bytes": 300},
            "buffers come and go every 4 steps; state is never more than 3.00× the parameters "
            + ON_A_SMALL_MODEL,
        ),
        (
            {"verdict": "bounded", "settled_at": 101},
            f"state grew until step 101 and then stayed at 2.00× the parameters {ON_A_SMALL_MODEL}",
        ),
        (
            {"verdict": "bounded", "settled_at": 2, "most_bytes": 300},
            f"state was 3.00× the parameters at most, and stayed at 2.00× from step 2 on {ON_A_SMALL_MODEL}",
        ),
        (
            {"verdict": "bounded", "most_bytes": 300},
            f"state comes and goes, and was never more than 3.00× the parameters {ON_A_SMALL_MODEL}",
        ),
        (
            {"verdict": "growing", "holders": ("hidden:log",)},
            "state was still growing after 210 steps, at 2.00× the parameters of a small model: `log`.",
        ),
        (
            {"verdict": "graph_retained", "holders": ("mean", "last"), "settled_at": 1},
            "`mean` and `last` keep their autograd graph alive, and with it all that the graph has saved; "
            "state stayed at 2.00× the parameters of a small model after 210 steps.",
        ),
        (
            {"verdict": "graph_retained", "holders": ("mean",)},
            "`mean` keeps its autograd graph alive, and with it all that the graph has saved; "
            "state was still growing at 2.00× the parameters of a small model after 210 steps.",
        ),
        (
            {"verdict": "python_growth", "holders": ("losses",)},
            "tensors do not grow, but what Python keeps beside them was still growing after 210 steps: "
            "`losses`.",
        ),
    ],
)
def test_growth_is_put_into_words(growth, words):
    plain = {"settled_at": None, "most_bytes": 200}
    found = Growth(**{**plain, **growth}, steps=210, parameter_bytes=100, state_bytes=200)
    text = page(samples.evidence(dynamic=samples.dynamic(growth=found)))
    assert f"**Over time:** {words}\n\n" in text
    assert (f"- **Growth:** {words}\n" in text) is (found.verdict != "constant")


def with_run(**more):
    buffers = more.pop("buffers", (samples.buffer("m", 4000),))
    return page(samples.evidence(dynamic=samples.dynamic(runs=(samples.run("toy:Toy", buffers, **more),))))


def test_a_buffer_stands_at_the_line_that_made_it_in_the_run():
    seen = Creation(location=samples.at(30), bytes=3000), Creation(location=samples.at(31), bytes=1000)
    assert "| 4 B a parameter | line 12 |" in with_run()
    assert "| 4 B a parameter | lines 30 and 31 |" in with_run(
        buffers=(samples.buffer("m", 4000, created=seen),)
    )


def test_what_is_outside_the_state_is_told_with_its_place():
    hidden = samples.buffer("hidden:closure of Toy.start: buffer", 1024)
    text = with_run(buffers=(hidden,), hidden_bytes=1024, declared_bytes=0)
    assert (
        "1.00 KiB of it are outside `optimizer.state`, so `torch.optim`'s own `state_dict` does not "
        "save them: `closure of Toy.start: buffer` (1.00 KiB).\n" in text
    )
    assert "| `closure of Toy.start: buffer` (outside `optimizer.state`) |" in text


def test_tensors_among_the_hyperparameters_are_saved():
    held = samples.buffer("hidden:param_groups.d", 4, scalars=1, tensors=1)
    text = with_run(buffers=(held,), hidden_bytes=4, declared_bytes=0)
    assert "4 B of it are tensors in `param_groups`, which `state_dict` saves" in text
    assert "does not save" not in text


def test_what_python_keeps_is_one_sentence():
    assert "Python keeps" not in with_run()
    held = (
        HostBuffer(path="table", kind="numpy", bytes=4096, items=1),
        HostBuffer(path="losses", kind="numbers", bytes=None, items=2000),
    )
    assert (
        "- Python keeps more beside the tensors, which no figure of state contains: "
        "`table` (4.00 KiB of NumPy arrays), `losses` (2000 Python numbers).\n" in with_run(host=held)
    )


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


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (None, "(line 21)\n"),
        ("The state is <b>shared</b>.", "(line 21), kept on purpose: The state is \\<b\\>shared\\</b\\>\n"),
        ("", "(line 21), suppressed in the source without a reason\n"),
    ],
)
def test_a_suppressed_finding_is_shown_with_its_reason(reason, words):
    facts = samples.static()
    kept = tuple(msgspec.structs.replace(f, suppressed=reason) for f in facts.findings)
    text = page(samples.evidence(static=msgspec.structs.replace(facts, findings=kept)))
    assert f"- **warning** `data_attribute`: `p.data` bypasses autograd {words}" in text


def test_findings_stand_in_the_order_of_their_severity_and_notes_share_a_line():
    facts = samples.static()
    (finding,) = facts.findings
    ranked = [("zeal", "error"), ("alpha", "info"), ("beta", "info"), ("middle", "warning")]
    findings = tuple(
        msgspec.structs.replace(finding, rule=rule, severity=severity) for rule, severity in ranked
    )
    text = page(samples.evidence(static=msgspec.structs.replace(facts, findings=findings)))
    lines = [line for line in text.splitlines() if line.startswith(("- **error", "- **warn", "- **info"))]
    assert [re.findall(r"`(zeal|alpha|beta|middle)`", line) for line in lines] == [
        ["zeal"],
        ["middle"],
        ["alpha", "beta"],
    ]


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


def test_the_snippet_is_told_with_what_it_does_not_tell():
    assert "the protocol `plain`; by hand, that is:" in page(samples.evidence())
    plain = samples.dynamic()
    recipe = msgspec.structs.replace(plain.recipe, notes=("No weight moves before step 4.", "<b>x</b>"))
    text = page(samples.evidence(dynamic=msgspec.structs.replace(plain, recipe=recipe)))
    assert "the protocol `plain`. No weight moves before step 4." in text
    assert "By hand, that is:" in text
    assert "<b>" not in text
