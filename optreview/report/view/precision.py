"""How an optimizer fares in each dtype, beside AdamW in the same dtype on the same tensors."""

from __future__ import annotations

from collections import defaultdict
from math import prod
from typing import TYPE_CHECKING

from optreview.frozen import Frozen
from optreview.report import figures
from optreview.report.view.buffers import HIDDEN_PREFIX

if TYPE_CHECKING:
    from optreview.records import BufferMemory, DtypeRun, DynamicEvidence, Failure, MemoryRun

FOLLOWS = "as the parameters"
NONE = "none"
ELEMENTS = "single elements alone"
_TITLES = {"mixed": "bfloat16, norms float32"}


class DtypeRow(Frozen, frozen=True):
    """One dtype: state over the parameters' bytes, the dtype of the state; or why it does not run."""

    dtype: str
    state: float | None = None
    kept: str = ""
    finite: bool | None = None
    moved: bool = True
    adamw_state: float | None = None
    adamw_finite: bool | None = None
    failure: Failure | None = None


class DtypeView(Frozen, frozen=True):
    """A row for each dtype, and the model that dtypes other than float32 and bfloat16 were tried on."""

    rows: tuple[DtypeRow, ...]
    parameters: int


def build(dynamic: DynamicEvidence) -> DtypeView | None:
    """Lay the dtypes out, or None in a record that has no further ones."""
    if not dynamic.dtypes:
        return None
    references = [*dynamic.references, *dynamic.dtype_references]
    beside = {r.dtype: r for r in reversed(references) if r.implementation == "default"}
    given = len(dynamic.workload.tensors)
    usual = [_ran(r, beside.get(r.dtype), given) for r in dynamic.runs if r.implementation == "default"]
    if len(usual) == 1:
        told = (f for f in dynamic.failures if "bfloat16" in f.message)
        usual += [DtypeRow(dtype="bfloat16", failure=f) for f in list(told)[:1]]
    further = [_further(each, beside.get(each.dtype)) for each in dynamic.dtypes]
    return DtypeView(rows=(*usual, *further), parameters=_elements(dynamic.dtypes[0]))


def _further(tried: DtypeRun, adamw: MemoryRun | None) -> DtypeRow:
    if tried.run is None:
        return DtypeRow(dtype=_TITLES.get(tried.dtype, tried.dtype), failure=tried.failure)
    return _ran(tried.run, adamw, len(tried.tensors))


def _ran(run: MemoryRun, adamw: MemoryRun | None, tensors: int) -> DtypeRow:
    return DtypeRow(
        dtype=_TITLES.get(run.dtype, run.dtype),
        state=run.state_bytes / run.parameter_bytes,
        kept=kept(run, tensors),
        finite=run.finite,
        moved=run.moved_at is not None,
        adamw_state=adamw.state_bytes / adamw.parameter_bytes if adamw else None,
        adamw_finite=adamw.finite if adamw else None,
    )


def kept(run: MemoryRun, tensors: int) -> str:
    """The dtype of the state, single elements aside: one for all of it, or what is kept in which.

    ``tensors`` is how many the optimizer was given.
    """
    named: dict[str, list[str]] = defaultdict(list)
    for buffer in run.buffers:
        if buffer.tensors and buffer.scalars < buffer.tensors:
            named[_dtype(buffer, run, tensors)].append(buffer.key.removeprefix(HIDDEN_PREFIX))
    if not named:
        return ELEMENTS if run.state_bytes else NONE
    if len(named) < 2:
        return next(iter(named))
    return "; ".join(f"{dtype}: {figures.items(sorted(keys))}" for dtype, keys in sorted(named.items()))


def _dtype(buffer: BufferMemory, run: MemoryRun, tensors: int) -> str:
    """A buffer of all the parameters' shapes is as they are when it has their bytes.

    Where parameters have two dtypes and a buffer has neither all of them nor their shapes, it cannot be held
    against each; it is not kept in float32 when some of it is not.
    """
    if buffer.dtypes == (run.dtype,):
        return FOLLOWS
    if run.dtype == "mixed":
        whole = buffer.like_parameter == buffer.tensors == tensors
        if (buffer.bytes == run.parameter_bytes) if whole else ("bfloat16" in buffer.dtypes):
            return FOLLOWS
    return figures.items(list(buffer.dtypes))


def _elements(tried: DtypeRun) -> int:
    return sum(prod(each.shape) for each in tried.tensors)
