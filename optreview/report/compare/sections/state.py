"""What is kept between steps: bytes by dtype and by buffer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from optreview.records import ComparedTable
from optreview.report import figures
from optreview.report.compare.pair import in_run, measurement, row, told, untold
from optreview.report.compare.runs import of_run, per_parameter, run_of
from optreview.report.view import buffers
from optreview.report.view.buffers import USUAL_SHAPE

if TYPE_CHECKING:
    from optreview.records import Answer, ComparedRow, DtypeRun, DynamicEvidence, Kind, MemoryRun, Review
    from optreview.report.compare.pair import Pair
    from optreview.report.view.buffers import BufferRow

PLACE = 30
_BESIDE: tuple[tuple[str, str, Kind], ...] = (
    ("state_over_adamw", "State over", "state"),
    ("steady_transient_over_adamw", "Peak over", "step"),
    ("bytes_moved_over_adamw", "Bytes moved over", "step"),
)
_HIDDEN, _GROWTH, _STEADY = "hidden_state_bytes", "state_growth", "constant"
_FURTHER = {"float16": "float16", "float64": "float64", "mixed": "bfloat16 with float32 norms"}


def tables(pair: Pair) -> tuple[ComparedTable, ...]:
    """By buffer, then in all, in each dtype."""
    if not pair.runs:
        return ()
    return (
        ComparedTable(id="buffers", rows=_buffers(pair)),
        ComparedTable(id="totals", rows=_totals(pair)),
    )


def bytes_per_parameter(pair: Pair, dtype: str) -> ComparedRow:
    """All of it, at the defaults."""

    def read(dynamic: DynamicEvidence) -> Answer:
        return of_run(dynamic, lambda run: told(per_parameter(run, run.state_bytes)), dtype)

    return pair.measured(dtype, f"State per parameter, {dtype}", "bytes-per-parameter", read, "state")


def beside_adamw(pair: Pair) -> tuple[ComparedRow, ...]:
    """Each over AdamW as it ran beside it: what is left where the two did not run alike."""
    return tuple(
        pair.measured(name, f"{label} AdamW's, run beside it", "ratio", partial(_measured, name=name), kind)
        for name, label, kind in _BESIDE
    )


def _measured(dynamic: DynamicEvidence, *, name: str) -> Answer:
    return measurement(dynamic, name)


# ---- in all


def _totals(pair: Pair) -> tuple[ComparedRow, ...]:
    beside = remarkable(pair)
    growth = _growth(pair)
    return (
        bytes_per_parameter(pair, "float32"),
        bytes_per_parameter(pair, "bfloat16"),
        *(_further(pair, dtype) for dtype in _FURTHER if any(_tried(each, dtype) for each in pair.runs)),
        *beside,
        *((growth,) if growth not in beside else ()),
    )


def remarkable(pair: Pair) -> tuple[ComparedRow, ...]:
    """What few have: state that is not saved, or is no tensor, or does not stay as it is."""
    hidden = pair.measured(
        _HIDDEN, "State that state_dict does not save", "bytes", partial(_measured, name=_HIDDEN), "state"
    )
    outside = pair.measured("host", "Kept beside tensors, in no figure of state", "bytes", _outside, "state")
    growth = _growth(pair)
    return (
        *((hidden,) if hidden.a.value or hidden.b.value else ()),
        *((outside,) if any(run.host for each in pair.runs if (run := run_of(each))) else ()),
        *((growth,) if {growth.a.value, growth.b.value} - {_STEADY, None} else ()),
    )


def _growth(pair: Pair) -> ComparedRow:
    """Tried on a model of its own, the same for all."""
    return pair.measured(_GROWTH, "State over many steps", "word", partial(_measured, name=_GROWTH), None)


def _outside(dynamic: DynamicEvidence) -> Answer:
    """Bytes of arrays, files and strings of Python's side; numbers have no size of their own."""
    run = run_of(dynamic)
    held = run.host if run else ()
    sizes = [each.bytes for each in held if each.bytes is not None]
    if held and not sizes:
        return untold(f"{figures.count(sum(each.items for each in held), 'Python number')}, without a size.")
    return of_run(dynamic, lambda _: told(sum(sizes)))


def _tried(dynamic: DynamicEvidence, dtype: str) -> DtypeRun | None:
    return next((each for each in dynamic.dtypes if each.dtype == dtype), None)


def _further(pair: Pair, dtype: str) -> ComparedRow:
    """Over the parameters' bytes, since these are of two sizes in one of the dtypes."""
    tried = [each for dynamic in pair.runs if (each := _tried(dynamic, dtype))]
    alike = len({(each.workload, each.tensors) for each in tried}) == 1
    return pair.measured(
        dtype,
        f"State over parameters, {_FURTHER[dtype]}",
        "ratio",
        lambda dynamic: _over_parameters(_tried(dynamic, dtype), dtype),
        "state",
        why=() if alike else ("tensors",),
    )


def _over_parameters(tried: DtypeRun | None, dtype: str) -> Answer:
    if tried is None:
        return untold(f"It was not run in {dtype}.")
    if tried.run is None:
        return untold(tried.failure.message if tried.failure else "It did not run.", "errored")
    return told(tried.run.state_bytes / tried.run.parameter_bytes)


# ---- by buffer


def _buffers(pair: Pair) -> tuple[ComparedRow, ...]:
    """Those that hold bytes at the defaults, under the keys that the optimizers give them; largest first."""
    first, second = (_held(each) for each in (pair.a, pair.b))
    size = {
        key: max(each[key].bytes or 0 for each in (first, second) if key in each)
        for key in {**first, **second}
    }
    keys = sorted(size, key=lambda key: (-size[key], key))
    return tuple(_buffer(pair, key, first.get(key), second.get(key)) for key in keys)


def _held(review: Review) -> dict[str, BufferRow]:
    dynamic = review.evidence.dynamic
    run = run_of(dynamic) if dynamic else None
    if dynamic is None or run is None:
        return {}
    rows = buffers.build(review.evidence.static, run, dynamic)
    return {each.key: each for each in rows if each.bytes and each.at_defaults}


def _buffer(pair: Pair, key: str, *found: BufferRow | None) -> ComparedRow:
    a, b = (
        in_run(review, partial(_size, each)) for review, each in zip((pair.a, pair.b), found, strict=True)
    )
    return row(key, key, "bytes-per-parameter", a, b, why=pair.spoiling("state"))


def _size(buffer: BufferRow | None, dynamic: DynamicEvidence) -> Answer:
    if buffer is None:
        return of_run(dynamic, lambda _: told(0, "It keeps none of that name."))
    return of_run(dynamic, lambda run: told(per_parameter(run, buffer.bytes or 0), _described(buffer, run)))


def _described(buffer: BufferRow, run: MemoryRun) -> str:
    """What it is for; its shape and its dtypes where they are not the parameter's."""
    shape = "" if buffer.shape == USUAL_SHAPE else buffer.shape
    dtypes = "" if buffer.dtypes == (run.dtype,) else figures.items(list(buffer.dtypes))
    return ", ".join(each for each in (f"{buffer.role or ''} {buffer.of}".strip(), shape, dtypes) if each)
