"""Measurements that follow from several parts of the evidence, for criteria to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optreview.records import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import Evidence, MemoryRun, Option


_STATED_DEFAULTS = "documented_default_differs"


def measurements(evidence: Evidence) -> Iterator[Measurement]:
    """All of them; what cannot be said of this evidence is left out, and then not measured."""
    yield _explained(evidence)
    if evidence.dynamic:
        yield from _costliest_option(evidence.dynamic.runs, evidence)


def _explained(evidence: Evidence) -> Measurement:
    """Whether the docstrings say what the class is, and where it comes from."""
    facts = evidence.static
    missing = [
        told for told, there in (("summary", facts.summary), ("reference", facts.citations)) if not there
    ]
    value = {0: "summary and reference", 2: "nothing"}.get(
        len(missing), "a reference alone" if not facts.summary else "a summary alone"
    )
    return Measurement(
        id="docstring_says",
        value=value,
        unit="words",
        presence="measured",
        note=" and no ".join(missing),
        locations=(facts.subject.location,),
    )


def inapplicable(evidence: Evidence) -> Iterator[Measurement]:
    """Rules that have nothing to look at: no default is stated where no hyperparameter is documented."""
    if not any(each.description for each in evidence.static.hyperparameters):
        yield Measurement(
            id=f"rule:{_STATED_DEFAULTS}",
            value=None,
            unit="hits",
            presence="not-applicable",
            note="No docstring was found that describes a hyperparameter, so none states a default.",
        )


def _costliest_option(runs: tuple[MemoryRun, ...], evidence: Evidence) -> Iterator[Measurement]:
    """The state that the costliest option adds, over the parameters."""
    default = next(
        (r for r in runs if (r.implementation, r.dtype) == ("default", "float32") and not r.options), None
    )
    options = evidence.dynamic.options if evidence.dynamic else ()
    if default is None:
        return
    added: list[tuple[float, Option]] = [
        ((each.run.state_bytes - default.state_bytes) / each.run.parameter_bytes, each.option)
        for each in options
        if each.run is not None
    ]
    if not added:
        yield Measurement(
            id="costliest_option",
            value=None,
            unit="ratio",
            presence="not-applicable",
            note="No option was switched on in the run.",
        )
        return
    most, option = max(added, key=lambda pair: (pair[0], pair[1].name))
    yield Measurement(
        id="costliest_option",
        value=round(max(most, 0.0), 6),
        unit="ratio",
        presence="measured",
        note=f"`{option.name}={option.value}`" if most > 0 else "no option adds any",
    )
