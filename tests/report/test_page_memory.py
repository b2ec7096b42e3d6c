"""What the page says of memory: options, buffers with their lines, growth, what lies outside the state."""

import msgspec
import pytest

from optreview.records import (
    Combination,
    Creation,
    Failure,
    Growth,
    HostBuffer,
    Option,
    OptionRun,
    Package,
    StateBuffer,
)
from optreview.report.view import memory
from tests import samples
from tests.report.pairs import real
from tests.report.test_page import page


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
    assert "| with `bfloat16` in both runs |" in text
    assert "- `amsgrad=True`" not in text
    assert "by itself," not in text
    dear = msgspec.structs.replace(changing, peak_change=4000)
    found = samples.dynamic(options=(idle("amsgrad"),), combinations=(dear,))
    assert "none by itself, more with those settings | with `bfloat16` in both runs |" in page(
        samples.evidence(dynamic=found)
    )
    left = text[text.index("**Options left at their defaults**") :]
    assert "| with `bfloat16` in both runs | AMSGrad (" in left


def test_a_value_that_switches_an_idea_off_is_told_as_such():
    option = Option(name="amsgrad", value="False")
    run = samples.run("toy:Toy", (samples.buffer("m", 4000),), options=(option,), trajectory="b" * 64)
    text = page(samples.evidence(dynamic=samples.dynamic(options=(OptionRun(option=option, run=run),))))
    (row,) = (line for line in text.splitlines() if line.startswith("| `amsgrad=False`") and "AMSG" in line)
    assert "| yes | AMSGrad, here switched off (" in row


def test_a_swallowed_keyword_that_does_nothing_is_no_option():
    text = page(samples.evidence(dynamic=samples.dynamic(options=(idle("name"),))))
    assert "name=True" not in text


def test_a_buffer_that_an_option_creates_is_shown_with_its_gate():
    rows = [line for line in page(samples.evidence()).splitlines() if line.startswith("| `vmax`")]
    assert len(rows) == 1
    assert "| seen with `amsgrad=True` |" in rows[0]
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


ON_A_SMALL_MODEL = "(a small model, 210 steps)."


@pytest.mark.parametrize(
    ("growth", "words"),
    [
        ({"verdict": "constant", "settled_at": 1}, "state did not grow over 210 steps with fresh gradients."),
        (
            {"verdict": "lazy", "settled_at": 40},
            "in a run on a small model state grew for the last time in step 40 of 210, and stayed at 2.00× "
            "the parameters; where the gradients decide, it is another step elsewhere.",
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
        "1.00 KiB of it are outside its own `state`, so `torch.optim`'s own `state_dict` does not "
        "save them: `closure of Toy.start: buffer` (1.00 KiB).\n" in text
    )
    assert "| `closure of Toy.start: buffer` (outside its own `state`) |" in text


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


def test_a_package_that_was_missing_is_named_beside_the_figures():
    missing = (
        Package(name="opt_einsum", version=None),
        Package(name="../sections/01_title", version=None),
        Package(name="numpy", version="2"),
    )
    text = page(samples.evidence(dynamic=samples.dynamic(packages=missing)))
    memory = text[text.index("## Memory") : text.index("**Compared to AdamW:**")]
    assert "Measured without `opt_einsum`" in memory
    assert "from left to right" in memory
    assert "Measured without `../sections/01_title`" in memory
    assert memory.count("left to right") == 1
    assert "`numpy`" not in memory


def test_a_buffer_that_a_setting_took_away_is_not_said_to_be_always_there():
    off = Option(name="momentum", value="False")
    without = OptionRun(option=off, run=samples.run("toy:Toy", (), options=(off,)))

    def row(*options):
        text = page(samples.evidence(dynamic=samples.dynamic(options=options)))
        return next(line for line in text.splitlines() if line.startswith("| `m`"))

    assert row(without).endswith("| by default; not with `momentum=False` |")
    moved = samples.run("toy:Toy", (samples.buffer("group.m", 4000),), options=(off,))
    assert row(OptionRun(option=off, run=moved)).endswith("| always |")  # it is met at another place first
    assert row().endswith("| always |")


def test_a_buffer_of_some_tensors_alone_is_no_buffer_of_the_parameters_size():
    def similar(**more):
        run = samples.dynamic().runs[0]
        changed = [msgspec.structs.replace(each, **more) for each in run.buffers]
        runs = (msgspec.structs.replace(run, buffers=tuple(changed)), *samples.dynamic().runs[1:])
        built = memory.build(samples.static(), samples.dynamic(runs=runs))
        return built.full_size if built else None

    assert similar() == len(samples.dynamic().runs[0].buffers)
    assert similar(tensors=1, like_parameter=1) == 0


def row_of(key, **more):
    text = page(samples.evidence(**more))
    return next(line for line in text.splitlines() if line.startswith(f"| `{key}`"))


def test_a_switch_whose_two_values_leave_a_buffer_there_does_not_decide_about_it():
    gated = StateBuffer(
        key="m", kind="full-size", sites=(samples.at(12),), gate="path", gated_by=("foreach", "fast", "k")
    )
    static = samples.static(state_buffers=(gated,))
    assert row_of("m", static=static).endswith("made under a condition on `foreach`, `fast` and `k` |")
    buffers = (samples.buffer("m", 4000),)
    paths = (
        samples.run("toy:Toy", buffers, implementation=name) for name in ("default", "for-loop", "foreach")
    )
    tried = (Option(name="fast", value="True"), Option(name="k", value="7"))
    options = (OptionRun(option=each, run=samples.run("toy:Toy", buffers)) for each in tried)
    dynamic = samples.dynamic(runs=tuple(paths), options=tuple(options))
    # another k may still take it away
    assert row_of("m", static=static, dynamic=dynamic).endswith("made under a condition on `k` |")


def test_every_setting_that_brings_a_buffer_is_named():
    runs = (samples.run("toy:Toy", (samples.buffer("m", 4000), samples.buffer("slow", 4000))) for _ in "ab")
    values = (Option(name="pull", value=value) for value in ("'reset'", "'back'"))
    options = (OptionRun(option=each, run=run) for each, run in zip(values, runs, strict=True))
    row = row_of("slow", dynamic=samples.dynamic(options=tuple(options)))
    assert row.endswith("| seen with `pull='reset' or pull='back'` |")


def test_a_queue_of_gradients_is_counted_for_each_parameter():
    def shape(tensors):
        queue = samples.buffer("queue", 4000 * tensors // 2, tensors=tensors, like_parameter=tensors)
        return row_of("queue", dynamic=samples.dynamic(runs=(samples.run("toy:Toy", (queue,)),))).split(
            " | "
        )[2]

    assert shape(20) == "as its parameter, 10 for each"
    assert shape(2) == "as its parameter"
    assert shape(1) == "as its parameter, for 1 of 2"
    assert shape(3) == "as its parameter, 3 for 2 parameters"


def test_a_buffer_of_another_dtype_alone_is_shown_with_it():
    half = samples.run(
        "toy:Toy",
        (samples.buffer("m", 2000), samples.buffer("vmax", 2000, dtypes=("bfloat16",))),
        dtype="bfloat16",
        parameter_bytes=2000,
    )
    runs = (*samples.dynamic().runs, half)
    text = page(samples.evidence(dynamic=samples.dynamic(runs=runs, options=())))
    rows = [line for line in text.splitlines() if line.startswith("| `vmax`")]
    assert len(rows) == 1
    assert "in the bfloat16 run, not in float32" in rows[0]
    assert "2 B a parameter" in rows[0]
    assert "- **Differences:** its state is `m` (4 B a parameter); AdamW's" in text


def test_what_some_tensors_have_is_not_called_always_there():
    part = samples.run("toy:Toy", (samples.buffer("m", 4000, tensors=1, like_parameter=1),))
    text = page(samples.evidence(dynamic=samples.dynamic(runs=(part,), options=())))
    row = next(line for line in text.splitlines() if line.startswith("| `m`"))
    assert row.endswith("| by default, for some tensors |")


def test_what_the_source_does_not_show_is_not_called_always_there():
    hidden = samples.run("toy:Toy", (samples.buffer("m", 4000), samples.buffer("hidden:slow.w", 4000)))
    text = page(samples.evidence(dynamic=samples.dynamic(runs=(hidden,), options=())))
    rows = {
        line.split("`")[1]: line for line in text.splitlines() if line.startswith(("| `m`", "| `slow.w`"))
    }
    assert rows["m"].endswith("| always |")
    assert rows["slow.w"].endswith("| by default |")


def test_a_subject_with_the_name_of_its_reference_is_told_apart():
    text = page(samples.evidence(dynamic=samples.dynamic(runs=(samples.run("toy:AdamW", ()),))))
    assert "| AdamW | default | float32 | 0× |" in text
    assert "| torch.optim's AdamW | default (for-loop) | float32 |" in text


def test_paths_of_an_option_that_chooses_nothing_are_not_shown():
    one = samples.run("toy:Toy", (samples.buffer("m", 4000),))
    others = tuple(msgspec.structs.replace(one, implementation=name) for name in ("for-loop", "foreach"))
    shown = memory.build(samples.static(), samples.dynamic(runs=(one, *others)))
    assert shown is not None
    assert [row.path for row in shown.rows if row.is_subject] == ["default"]
    fewer = msgspec.structs.replace(others[1], operations=3)
    shown = memory.build(samples.static(), samples.dynamic(runs=(one, others[0], fewer)))
    assert shown is not None
    assert len([row for row in shown.rows if row.is_subject]) == 3


def test_a_keyword_that_the_constructor_does_not_name_and_refuses_is_no_option():
    refused = OptionRun(
        option=Option(name="name", value="True"), failure=Failure(kind="run-failed", message="No such name.")
    )
    assert "name=True" not in page(samples.evidence(dynamic=samples.dynamic(options=(refused,))))


def test_what_a_step_costs_names_the_model_the_numbers_and_the_place() -> None:
    text = page(real("pytorch_optimizer/AdaBelief").evidence)
    assert "on a small model of 303,488 parameters in float32 on the CPU; counted, not timed" in text
    assert "the operations of AdamW on the same path, in float32 on the small model of the run." in text
    assert (
        "On the small model of the run, with bfloat16 parameters, each on its default path on the CPU" in text
    )
