"""Two baselines → verdicts: what is beyond both tolerances, and what cannot be compared."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies
from msgspec import structs

from optreview.gate.check import confirmed
from optreview.gate.compare import compare
from optreview.gate.difference import SEVEN_BILLION, differs
from optreview.records import (
    BASELINE_FORMAT,
    WORKLOAD_VERSION,
    Baseline,
    BaselineClass,
    BaselineRun,
    CheckedClass,
    Tolerance,
)

NAME = "pack.age:Opt"
RUN = "float32 default"
DEFAULT = Tolerance()
FIGURES = strategies.floats(0, 100, allow_nan=False)


def run(state: float = 8.0, buffers: dict[str, float] | None = None, **others: float) -> BaselineRun:
    figures: dict[str, Any] = dict.fromkeys(("hidden", "host"), 0.0)
    figures |= dict.fromkeys(("first_transient", "steady_transient"), 1.0) | others
    return BaselineRun(state=state, buffers={"m": state} if buffers is None else buffers, **figures)


def known(figures: BaselineRun | None = None, **others: Any) -> BaselineClass:
    values: dict[str, Any] = {"growth": "constant", "runs": {RUN: figures or run()}, **others}
    return BaselineClass(workload="vision-303k", workload_version=WORKLOAD_VERSION, **values)


def baseline(torch: str = "2.13", device: str = "cpu", **optimizers: BaselineClass) -> Baseline:
    held = {f"pack.age:{name}": each for name, each in optimizers.items()}
    return Baseline(format=BASELINE_FORMAT, torch=torch, device=device, optimizers=held)


def only(old: Baseline, new: Baseline, tolerance: Tolerance = DEFAULT) -> CheckedClass:
    (found,) = compare(old, new, tolerance)
    return found


def one(before: BaselineRun, after: BaselineRun, tolerance: Tolerance = DEFAULT) -> CheckedClass:
    return only(baseline(Opt=known(before)), baseline(Opt=known(after)), tolerance)


def test_equal_is_unchanged() -> None:
    assert one(run(), run()) == CheckedClass(optimizer=NAME, verdict="same")


def test_a_buffer_more_is_worse_and_named_and_one_less_is_better() -> None:
    small, large = run(8.0, {"m": 4.0, "v": 4.0}), run(12.0, {"m": 4.0, "v": 4.0, "slow": 4.0})
    worse, better = one(small, large), one(large, small)
    assert (worse.verdict, better.verdict) == ("worse", "better")
    (change,) = worse.changes
    assert (change.figure, change.before, change.after) == ("state", 8.0, 12.0)
    assert change.at_7b == 4 * SEVEN_BILLION == -better.changes[0].at_7b
    assert [(part.key, part.before, part.after) for part in change.parts] == [("slow", 0.0, 4.0)]


def test_a_buffer_with_another_name_is_nothing() -> None:
    assert one(run(4.0, {"m": 4.0}), run(4.0, {"momentum": 4.0})).verdict == "same"


def test_each_figure_counts_alone() -> None:
    for figure in ("hidden", "host", "first_transient", "steady_transient"):
        found = one(structs.replace(run(), **{figure: 1.0}), structs.replace(run(), **{figure: 2.0}))
        assert (found.verdict, [change.figure for change in found.changes]) == ("worse", [figure])


def test_both_tolerances_have_to_be_exceeded() -> None:
    tolerance = Tolerance(relative=0.1, bytes_per_parameter=0.5)
    assert one(run(1.0), run(1.4), tolerance).verdict == "same"  # 40 percent, and little
    assert one(run(10.0), run(10.9), tolerance).verdict == "same"  # much, and 8 percent
    assert one(run(1.0), run(1.6), tolerance).verdict == "worse"
    assert one(run(10.0), run(11.2), tolerance).verdict == "worse"


@given(FIGURES, FIGURES)
def test_what_is_worse_one_way_is_better_the_other_way(before: float, after: float) -> None:
    there, back = one(run(before), run(after)), one(run(after), run(before))
    mirrored = {"worse": "better", "better": "worse", "same": "same"}
    assert back.verdict == mirrored[there.verdict]
    assert (there.verdict == "same") == (not differs(before, after, DEFAULT))


def test_new_gone_and_unmeasured_are_none_of_these() -> None:
    old, new = baseline(A=known(), B=known()), baseline(B=known(), C=known())
    found = compare(old, new, DEFAULT, {"pack.age:D": "It exits."})
    verdicts = {each.optimizer[-1]: each.verdict for each in found}
    assert verdicts == {"A": "removed", "B": "same", "C": "added", "D": "not-measured"}
    assert found[-1].reasons == ("It exits.",)


def test_unmeasured_wins_over_gone() -> None:
    (found,) = compare(baseline(A=known()), baseline(), DEFAULT, {"pack.age:A": "It exits."})
    assert found.verdict == "not-measured"


def test_other_conditions_are_never_called_worse() -> None:
    small, large = known(run(4.0)), known(run(40.0))
    old = baseline(Opt=small)
    others = {
        "torch was 2.13 and is 2.14": baseline(torch="2.14", Opt=large),
        "the device was cpu and is cuda": baseline(device="cuda", Opt=large),
        "the model was vision-303k and is perceptron-2k": baseline(
            Opt=structs.replace(large, workload="perceptron-2k")
        ),
        "the models' version was": baseline(
            Opt=structs.replace(large, workload_version=WORKLOAD_VERSION + 1)
        ),
        "the package einops was not used and is 0.7": baseline(
            Opt=structs.replace(large, packages={"einops": "0.7"})
        ),
    }
    for said, new in others.items():
        found = only(old, new)
        assert (found.verdict, found.changes) == ("incomparable", ())
        assert said in found.reasons[0]
        assert "optreview baseline update" in found.reasons[-1]


def test_an_absent_package_is_another_condition_than_a_present_one() -> None:
    absent, present = known(packages={"opt_einsum": "absent"}), known(packages={"opt_einsum": "3.4"})
    assert only(baseline(Opt=absent), baseline(Opt=present)).verdict == "incomparable"
    assert only(baseline(Opt=absent), baseline(Opt=absent)).verdict == "same"


def test_growth_is_judged_by_whether_it_ends() -> None:
    def told(before: str, after: str) -> tuple[str, str | None]:
        found = only(baseline(Opt=known(growth=before)), baseline(Opt=known(growth=after)))
        return found.verdict, found.growth.verdict if found.growth else None

    assert told("constant", "growing") == ("worse", "worse")
    assert told("bounded", "python_growth") == ("worse", "worse")
    assert told("graph_retained", "constant") == ("better", "better")
    assert told("constant", "lazy") == ("same", "changed")
    assert told("growing", "growing") == ("same", None)


def test_what_is_no_longer_measured_is_said() -> None:
    both = known(runs={RUN: run(), "bfloat16 default": run()})
    lost, gained = (
        only(baseline(Opt=both), baseline(Opt=known())),
        only(baseline(Opt=known()), baseline(Opt=both)),
    )
    assert (lost.verdict, gained.verdict) == ("not-measured", "same")
    assert "'bfloat16 default'" in lost.reasons[0]
    assert "'bfloat16 default'" in gained.reasons[0]
    assert only(baseline(Opt=known()), baseline(Opt=known(growth=None))).verdict == "not-measured"
    worse = only(baseline(Opt=both), baseline(Opt=known(run(80.0))))
    assert worse.verdict == "worse"


def test_only_what_two_measurements_find_counts() -> None:
    worse, same = one(run(4.0), run(8.0)), one(run(4.0), run(4.0))
    other = one(run(4.0), run(4.0, steady_transient=9.0))
    assert confirmed(worse, worse).verdict == "worse"
    calmed = confirmed(worse, same)
    assert calmed.verdict == "same"
    assert "one of two measurements" in calmed.reasons[0]
    moved = confirmed(worse, other)
    assert (moved.verdict, [change.verdict for change in moved.changes]) == ("same", ["unsteady"])


def test_growth_counts_when_two_measurements_find_it() -> None:
    old = baseline(Opt=known())
    grows, steady = only(old, baseline(Opt=known(growth="growing"))), only(old, old)
    assert confirmed(grows, grows).verdict == "worse"
    calmed = confirmed(structs.replace(steady, verdict="worse"), grows)
    assert calmed.growth is not None
    assert (calmed.verdict, calmed.growth.verdict) == ("same", "unsteady")
