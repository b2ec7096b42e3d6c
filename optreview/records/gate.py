"""What a check of a project's baseline found."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from optreview.records.baseline import FigureName
from optreview.records.common import Record
from optreview.records.dynamic import GrowthVerdict
from optreview.records.memory import Family

#: Semantic version of the JSON of a check. A new optional field is a minor change, any other a major one.
CHECK_VERSION = "1.3.0"


class Tolerance(Record, frozen=True, kw_only=True):
    """What a figure may differ by: only what is beyond both is a change.

    Attributes:
        family: Bytes per parameter of a family of shapes, in place of ``bytes_per_parameter``. There are few
            of them in the models that are run, and the least that has an entry for each takes half a byte.
    """

    relative: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.01
    bytes_per_parameter: Annotated[float, msgspec.Meta(ge=0)] = 0.02
    family: Annotated[float, msgspec.Meta(ge=0)] = 0.4


class SourceLine(Record, frozen=True, kw_only=True, order=True):
    """A line of source as people find it.

    Attributes:
        file: Path from the folder the check was started in; absolute when it lies outside the repository.
        source: The line without white space around it, cut when it is very long; empty when it is gone.
    """

    file: str
    line: int
    column: int
    source: str = ""


class Part(Record, frozen=True, kw_only=True):
    """A buffer that differs, in bytes per parameter, and the lines that make it now."""

    key: str
    before: float
    after: float
    places: tuple[SourceLine, ...] = ()


ChangeVerdict = Literal["better", "worse", "unsteady"]


class Change(Record, frozen=True, kw_only=True):
    """A figure that differs beyond the tolerance.

    Attributes:
        verdict: ``unsteady``: worse in one of two measurements only.
        at_7b: Bytes more, or fewer, at seven billion parameters if they grow as the parameters do.
        parts: The buffers that differ, the largest difference first; for state only.
        places: New lines that make tensors as large as a parameter; for transients only.
        family: The figures are about parameters of this family of shapes, for each of these; None where they
            are about all.
        only: Of a figure about all, the families of shapes that it is more of, or less, if not all are.
    """

    run: str
    figure: FigureName
    verdict: ChangeVerdict
    before: float
    after: float
    at_7b: int
    parts: tuple[Part, ...] = ()
    places: tuple[SourceLine, ...] = ()
    family: Family | None = None
    only: tuple[Family, ...] = ()


class GrowthChange(Record, frozen=True, kw_only=True):
    """Another verdict on growth; ``changed`` where both are harmless or both are not."""

    verdict: Literal["better", "worse", "changed", "unsteady"]
    before: GrowthVerdict
    after: GrowthVerdict
    holders: tuple[str, ...] = ()
    places: tuple[SourceLine, ...] = ()


class Held(Record, frozen=True, kw_only=True):
    """A buffer in bytes per parameter, and the lines that make it."""

    key: str
    value: float
    places: tuple[SourceLine, ...] = ()


class Breach(Record, frozen=True, kw_only=True):
    """A figure over a budget, both in bytes per parameter.

    Attributes:
        budget: As the project writes it.
        at_7b: Bytes over it at seven billion parameters if they grow as the parameters do.
        parts: The buffers that make the figure, those first that the baseline has less of; for state only.
        places: Lines that make tensors as large as a parameter; for transients only.
    """

    run: str
    figure: FigureName
    budget: str
    limit: float
    value: float
    at_7b: int
    parts: tuple[Held, ...] = ()
    places: tuple[SourceLine, ...] = ()


#: ``peak``: parameters, gradients, state and the larger of the two transients, all together.
ModelFigure = Literal["state", "hidden", "first_transient", "steady_transient", "peak"]


class ModelBreach(Record, frozen=True, kw_only=True):
    """A figure over a budget on a model that was simulated, both in bytes.

    Attributes:
        device: Whose default path was taken.
        dtype: Of most of the model's parameters.
        budget: As the project writes it.
        exact: The simulation agreed with real runs to the byte where that was tried; else it is an estimate.
        parts: The buffers that make the figure in bytes per parameter, those first that the baseline has less
            of; for state only.
        places: Lines that make tensors as large as a parameter; for transients and peaks only.
    """

    model: str
    device: Literal["cpu", "cuda"]
    dtype: str
    figure: ModelFigure
    budget: str
    limit: int
    value: int
    exact: bool
    parts: tuple[Held, ...] = ()
    places: tuple[SourceLine, ...] = ()


class ProbeChange(Record, frozen=True, kw_only=True):
    """Another outcome of a probe.

    Attributes:
        verdict: ``worse``: it passed and fails; ``better``: the reverse; ``changed``: anything else that was
            measured before and after. ``unsteady``: worse in one of two measurements only.
        note: What was seen now.
    """

    probe: str
    verdict: Literal["better", "worse", "changed", "unsteady"]
    before: str
    after: str
    note: str
    places: tuple[SourceLine, ...] = ()


class LintChange(Record, frozen=True, kw_only=True):
    """Another number of findings of a rule.

    Attributes:
        message: What the rule says of the first new one.
        places: Lines with a finding that had none before; where such lines are equal, as many as are more.
    """

    rule: str
    verdict: Literal["better", "worse"]
    before: int
    after: int
    message: str = ""
    places: tuple[SourceLine, ...] = ()


ClassVerdict = Literal["worse", "better", "same", "added", "removed", "incomparable", "not-measured"]


class CheckedClass(Record, frozen=True, kw_only=True):
    """What became of one optimizer.

    Attributes:
        defined: Where the class is defined; None where it is gone.
        reasons: What figures do not say, in sentences.
    """

    optimizer: str
    verdict: ClassVerdict
    defined: SourceLine | None = None
    reasons: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    growth: GrowthChange | None = None
    breaches: tuple[Breach, ...] = ()
    model_breaches: tuple[ModelBreach, ...] = ()
    probes: tuple[ProbeChange, ...] = ()
    lint: tuple[LintChange, ...] = ()

    @property
    def worst(self) -> float:
        """The largest excess in bytes per parameter; growth is beyond any."""
        if self.growth is not None and self.growth.verdict == "worse":
            return float("inf")
        found = [each.after - each.before for each in self.changes if each.verdict == "worse"]
        return max([*found, *(each.value - each.limit for each in self.breaches)], default=0.0)


class Check(Record, frozen=True, kw_only=True):
    """A whole check, the worst optimizer first.

    Attributes:
        prefix: The folder it was started in, from the root of the repository; empty at the root.
        against: The revision that was measured to compare with; None where a baseline has the figures.
        notes: What is to be said of all of them, in sentences.
    """

    schema_version: str
    generator: str
    generator_version: str
    torch: str
    device: str
    tolerance: Tolerance
    prefix: str = ""
    against: str | None = None
    notes: tuple[str, ...] = ()
    optimizers: tuple[CheckedClass, ...]
