"""Figures about the source that criteria read; ids are stable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.evidence.static.facts import complexity, wording
from optreview.evidence.static.facts.hyperparameters import group_reads, options_of_groups
from optreview.evidence.static.facts.multi_tensor import list_places
from optreview.evidence.static.sentences import several
from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optreview.evidence.static.facts.complexity import Measured
    from optreview.evidence.static.reading import Reading
    from optreview.records import Hyperparameter, SparseVerdict


def all_measurements(
    reading: Reading, options: tuple[Hyperparameter, ...], sparse: SparseVerdict
) -> tuple[Measurement, ...]:
    """Every static measurement, in a fixed order."""
    functions = complexity.measure(reading.reached)
    rejected = f"; it rejects them when `{sparse.rejected_when}`" if sparse.rejected_when else ""
    return (
        _worst(
            "step_complexity",
            "points",
            functions,
            [entry.points for entry in functions],
        ),
        _own("step_own_complexity", "points", functions, [entry.points for entry in functions]),
        _own("step_own_lines", "lines", functions, [entry.lines for entry in functions]),
        _own("step_own_nesting", "levels", functions, [entry.levels for entry in functions]),
        _worst("step_lines", "lines", functions, [entry.lines for entry in functions]),
        _worst("step_nesting", "levels", functions, [entry.levels for entry in functions]),
        *wording.measurements(functions),
        _share(
            "parameters_annotated", options, [entry.annotation is not None for entry in options], "annotated"
        ),
        _share(
            "parameters_documented", options, [bool(entry.description) for entry in options], "documented"
        ),
        _validated(reading, options),
        *_beside_the_signature(reading),
        _path("foreach_path", "`torch._foreach_*`", reading, ("_foreach_", "_fused_")),
        _path("fused_path", "`torch._fused_*`", reading, ("_fused_",)),
        Measurement(
            id="sparse_handling",
            value=sparse.handling,
            unit="handling",
            presence="measured",
            note="what the source reached from `step` does with sparse gradients" + rejected,
            locations=sparse.locations,
        )
        if sparse.handling != "not decided"
        else _undecided("sparse_handling", "handling", "sparse gradients are not mentioned"),
    )


def _worst(name: str, unit: str, functions: Sequence[Measured], figures: Sequence[int | None]) -> Measurement:
    if not functions:
        return _nothing(name, unit, "no `step` was found in the source that was read")
    known = [figure for figure in figures if figure is not None]
    if len(known) < len(figures):
        unread = functions[list(figures).index(None)].node.name.value
        return Measurement(
            id=name, value=None, unit=unit, presence="errored", note=f"no figure was found for `{unread}`"
        )
    value = max(known)
    worst = functions[list(figures).index(value)]
    return Measurement(
        id=name,
        value=value,
        unit=unit,
        presence="measured",
        note=f"`{worst.node.name.value}`.",
        locations=(worst.module.location(worst.node.name),),
    )


def _own(name: str, unit: str, functions: Sequence[Measured], figures: Sequence[int | None]) -> Measurement:
    """The figure of ``step`` alone: what a reader meets first. Criteria read the worst of all it reaches."""
    index = next((at for at, entry in enumerate(functions) if entry.node.name.value == "step"), None)
    if index is None:
        return _nothing(name, unit, "no `step` was found in the source that was read")
    step, value = functions[index], figures[index]
    return Measurement(
        id=name,
        value=value,
        unit=unit,
        presence="errored" if value is None else "measured",
        note="no figure was found for `step`" if value is None else "`step` itself.",
        locations=(step.module.location(step.node.name),),
    )


def _nothing(name: str, unit: str, why: str) -> Measurement:
    return Measurement(id=name, value=None, unit=unit, presence="not-applicable", note=why)


def _undecided(name: str, unit: str, seen: str) -> Measurement:
    note = f"{seen} in what was read, but not everything that takes part was"
    return Measurement(id=name, value=None, unit=unit, presence="not-measured", note=note)


def _share(
    name: str,
    options: Sequence[Hyperparameter],
    held: Sequence[bool],
    what: str,
    noun: str = "hyperparameters",
) -> Measurement:
    if not options:
        return _nothing(name, "share", "the constructor takes no hyperparameters")
    missing = [entry for entry, good in zip(options, held, strict=True) if not good]
    note = f"{len(options) - len(missing)} of {len(options)} {noun} are {what}"
    if missing:
        note += "; missing: " + ", ".join(f"`{entry.name}`" for entry in missing)
    return Measurement(
        id=name,
        value=round((len(options) - len(missing)) / len(options), 4),
        unit="share",
        presence="measured",
        note=note,
        locations=tuple(entry.location for entry in missing),
    )


def _validated(reading: Reading, options: Sequence[Hyperparameter]) -> Measurement:
    numeric = [
        entry
        for entry in options
        if (declared := reading.signature.get(entry.name)) is not None and declared.numeric
    ]
    if not numeric:
        return _nothing("parameters_validated", "share", "no default is written as a number")
    held = [entry.validated is not None for entry in numeric]
    return _share(
        "parameters_validated", numeric, held, "checked by the constructor", "numeric hyperparameters"
    )


def _beside_the_signature(reading: Reading) -> tuple[Measurement, ...]:
    """Options that the parameter groups alone can bring."""
    names = options_of_groups(reading)
    note = several(names)
    found = Measurement(
        id="options_of_groups",
        value=len(names),
        unit="options",
        presence="measured",
        note=note,
        locations=group_reads(reading, names),
    )
    return (found,) if names else ()


def _path(name: str, what: str, reading: Reading, prefixes: tuple[str, ...]) -> Measurement:
    places = list_places(reading, prefixes)
    if not places and reading.hidden:
        return _undecided(name, "bool", f"no call of {what} is reached from `step`")
    note = (
        f"{len(places)} {'line' if len(places) == 1 else 'lines'} that `step` reaches lead to {what}"
        if places
        else f"no call of {what} is reached from `step`"
    )
    return Measurement(
        id=name, value=bool(places), unit="bool", presence="measured", note=note, locations=places
    )
