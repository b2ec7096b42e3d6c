"""State buffers as the page shows them: what the source says joined with what the runs found."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import structs

from optreview.frozen import Frozen
from optreview.records import ITEM_SIZE
from optreview.report import figures
from optreview.report.view.roles import lasting

if TYPE_CHECKING:
    from optreview.records import (
        BufferMemory,
        DynamicEvidence,
        Location,
        MemoryRun,
        StateBuffer,
        StateRole,
        StaticEvidence,
    )

#: Bytes of one element.
HIDDEN_PREFIX = "hidden:"
#: How the equations name what lies in ``optimizer.state``; the longest formula for a cell of the table.
_STATE, _LONGEST = "state.", 60
#: What a recurrence makes of an entry.
_KINDS = {
    "mean": "EMA of",
    "sum": "sum of",
    "decayed-sum": "decayed sum of",
    "maximum": "running maximum of",
    "copy": "latest",
    "counter": "counter",
}
#: What a buffer may start at, by the formula.
_BEGINNINGS = {"p": "the parameters"}
_SWITCHED = frozenset({"True", "False"})
#: A tensor for each parameter, of its shape.
USUAL_SHAPE = "as its parameter"


class BufferRow(Frozen, frozen=True):
    """A state buffer: what the source says joined with what the run found, either of which may be absent.

    Attributes:
        role: What it is for, by the proven equations where they have it, else by the source.
        of: The formula that this is said of; empty where it comes from the source.
        hangs_on: Options that decide, by the source, whether it is there.
        gone_with: Settings, as source text, with which a run did not have it.
        of_some: Some parameters of the run have none.
        in_source: The source was seen to make it, so that what has to hold for that is known.
        dtype: The parameters' dtype that brought it up, where float32 did not; its bytes are of that run.
    """

    key: str
    shape: str
    dtypes: tuple[str, ...]
    bytes: int | None
    cost: str
    gate: str | None
    created: tuple[Location, ...]
    at_defaults: bool = False
    hangs_on: tuple[str, ...] = ()
    gone_with: tuple[str, ...] = ()
    dtype: str | None = None
    of_some: bool = False
    in_source: bool = False
    hidden: bool = False
    role: str | None = None
    of: str = ""

    @property
    def in_groups(self) -> bool:
        """Whether it is kept in ``param_groups``, beside the hyperparameters."""
        return self.hidden and self.key.startswith("param_groups")


def build(static: StaticEvidence, run: MemoryRun, dynamic: DynamicEvidence) -> tuple[BufferRow, ...]:
    """Buffers at the defaults, then those of an option or another dtype, then those only the source shows."""
    tensors = len(dynamic.workload.tensors)
    proven = _proven(dynamic)
    rows = [
        structs.replace(
            _told(_measured(buffer, _source_of(buffer.key, static), run, tensors), proven),
            gone_with=_gone_with(buffer.key, dynamic),
            hangs_on=_hangs_on(buffer.key, static, dynamic),
        )
        for buffer in run.buffers
    ]
    seen = {b.key for b in run.buffers}
    for option in dynamic.options:
        for buffer in option.run.buffers if option.run else ():
            if buffer.key not in seen:
                seen.add(buffer.key)
                source = _source_of(buffer.key, static)
                row = _measured(buffer, source, option.run or run, tensors, _brought_by(buffer.key, dynamic))
                rows.append(row)
    for other in (each for each in dynamic.runs if each.dtype != run.dtype and not each.options):
        for buffer in other.buffers:
            if buffer.key not in seen:
                seen.add(buffer.key)
                row = _measured(buffer, _source_of(buffer.key, static), other, tensors)
                rows.append(structs.replace(row, at_defaults=False, dtype=other.dtype))
    roots = {_root(key) for key in seen}
    absent = [s for s in static.state_buffers if not any(fnmatchcase(r, s.key) for r in roots)]
    return (*rows, *(_unseen(buffer) for buffer in absent))


def _proven(dynamic: DynamicEvidence) -> dict[str, StateRole]:
    """What the state entries of a matrix are at the defaults, by key, where the equations are proven.

    An entry that is something else on other tensors is said to be what it is on all of them.
    """
    every = dynamic.rule.equations if dynamic.rule else ()
    found = {
        role.place: role for each in every[:1] if each.proof.verdict == "proven" for role in lasting(each)
    }
    for other in (role for each in every[1:] for role in lasting(each)):
        mine = found.get(other.place)
        if mine is not None and mine.kind != other.kind:
            del found[other.place]
        elif mine is not None and mine.of != other.of:
            found[other.place] = structs.replace(mine, of="")
    return {place.removeprefix(_STATE): role for place, role in found.items() if place.startswith(_STATE)}


def _told(row: BufferRow, proven: dict[str, StateRole]) -> BufferRow:
    """The row with what its recurrence is: what the code does goes before what it looks like."""
    role = proven.get(row.key)
    words = _KINDS.get(role.kind) if role else None
    if role is None or words is None or row.hidden or role.of == "0":  # nothing came in: no closure, no loss
        return row
    of = role.of if len(role.of) <= _LONGEST else ""
    words = words if of else words.removesuffix(" of")
    if role.initial:
        words = f"{_BEGINNINGS.get(role.initial, 'not zero')} at first; {words}"
    return structs.replace(row, role=words, of=of)


def measured(run: MemoryRun, tensors: int) -> tuple[BufferRow, ...]:
    """The buffers of a run whose source was not read, such as AdamW's beside another optimizer."""
    return tuple(_measured(buffer, None, run, tensors) for buffer in run.buffers)


def _source_of(key: str, static: StaticEvidence) -> StateBuffer | None:
    return next((s for s in static.state_buffers if fnmatchcase(_root(key), s.key)), None)


def _root(key: str) -> str:
    """The state key itself, without the path into a list or an object below it."""
    return key.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


def _measured(
    buffer: BufferMemory,
    source: StateBuffer | None,
    run: MemoryRun,
    tensors: int,
    gate: str | None = None,
) -> BufferRow:
    return BufferRow(
        key=buffer.key.removeprefix(HIDDEN_PREFIX),
        shape=_shape(buffer, tensors),
        dtypes=buffer.dtypes,
        bytes=buffer.bytes,
        cost=_cost(buffer, run, tensors),
        gate=gate,
        created=_lines(buffer) or (source.sites[:1] if source else ()),
        at_defaults=gate is None,
        of_some=0 < buffer.tensors + buffer.numbers < tensors and not buffer.key.startswith(HIDDEN_PREFIX),
        in_source=source is not None,
        hidden=buffer.key.startswith(HIDDEN_PREFIX),
        role=source.role if source else None,
    )


def _brought_by(key: str, dynamic: DynamicEvidence) -> str:
    """Every setting of one option with which a run had it."""
    found = [each.option for each in dynamic.options if each.run and _in(key, each.run)]
    return " or ".join(f"{option.name}={option.value}" for option in found)


def _hangs_on(key: str, static: StaticEvidence, dynamic: DynamicEvidence) -> tuple[str, ...]:
    """The options that decide by the source; those of two values whose other value left it there do not."""
    source = _source_of(key, static)
    switched = {each.option.name: each.run for each in dynamic.options if each.option.value in _SWITCHED}
    paths = {run.implementation: run for run in dynamic.runs}
    both = all(path in paths and _in(key, paths[path]) for path in ("for-loop", "foreach"))
    stays = {name for name, run in switched.items() if run and _in(key, run)} | (
        {"foreach"} if both else set()
    )
    return tuple(name for name in (source.gated_by if source else ()) if name not in stays)


def _in(key: str, run: MemoryRun) -> bool:
    return any(buffer.key == key for buffer in run.buffers)


def _gone_with(key: str, dynamic: DynamicEvidence) -> tuple[str, ...]:
    """What took it away where it was set alone: a run goes before what the source seems to say.

    An entry of the same name at another place is the same one, which is counted where it is met first.
    """
    name = key.rpartition(".")[2]
    return tuple(
        f"{each.option.name}={each.option.value}"
        for each in dynamic.options
        if each.run and all(buffer.key.rpartition(".")[2] != name for buffer in each.run.buffers)
    )


def _lines(buffer: BufferMemory) -> tuple[Location, ...]:
    """Where a buffer was made in the run, the place of most bytes first, each line once."""
    places = sorted(buffer.created, key=lambda each: (-each.bytes, each.location))
    return tuple({(each.location.file, each.location.line): each.location for each in places}.values())


def _cost(buffer: BufferMemory, run: MemoryRun, tensors: int) -> str:
    """Bytes a parameter, or a parameter tensor where that is what they depend on, or in all."""
    if not buffer.tensors:
        return "no tensor"
    if buffer.scalars == buffer.tensors:
        each = f"{figures.per_parameter(buffer.bytes / buffer.tensors)} a tensor"
        return each if buffer.tensors == tensors else f"{figures.data_size(buffer.bytes)} in all"
    per_parameter = buffer.bytes / run.parameter_bytes * ITEM_SIZE[run.dtype]
    return f"{figures.per_parameter(per_parameter)} a parameter"


def _shape(buffer: BufferMemory, tensors: int) -> str:
    """What a buffer looks like beside the model's ``tensors`` parameter tensors."""
    each = " a tensor" if tensors in {buffer.tensors, buffer.numbers} else ""
    if not buffer.tensors:
        return f"a Python number{each}" if each else figures.count(buffer.numbers, "Python number")
    if buffer.like_parameter == buffer.tensors:
        return USUAL_SHAPE + ("" if each else _how_many(buffer.tensors, tensors))
    if buffer.scalars == buffer.tensors:
        return f"one element{each}" if each else figures.count(buffer.scalars, "single element")
    if buffer.like_parameter:
        return f"as its parameter for {buffer.like_parameter} of {buffer.tensors}"
    if buffer.tensors == tensors:
        return "shaped unlike its parameter"
    return f"{figures.count(buffer.tensors, 'tensor')} shaped unlike a parameter"


def _how_many(found: int, tensors: int) -> str:
    """Some parameters have one, or each has several, as in a queue of the last gradients."""
    if found % tensors == 0:
        return f", {found // tensors} for each"
    return f", {found} for {tensors} parameters" if found > tensors else f", for {found} of {tensors}"


def _unseen(source: StateBuffer) -> BufferRow:
    shapes = {
        "full-size": "as its parameter (source)",
        "scalar": "one element a tensor (source)",
        "number": "a Python number a tensor (source)",
        "factored": "factors of its parameter (source)",
        "list": "a list (source)",
        "unknown": "not decided",
    }
    return BufferRow(
        key=source.key,
        shape=shapes[source.kind],
        dtypes=(),
        bytes=None,
        cost="not seen",
        gate=source.gate,
        role=source.role,
        created=source.sites[:1],
    )
