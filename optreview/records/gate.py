"""What the gate compares: a project's baseline, and what a check of it found."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from optreview.records.common import Record
from optreview.records.dynamic import GrowthVerdict

#: Raised with every change of the baseline file that an older optreview could not read.
BASELINE_FORMAT = 1
#: Raised with every change of the models in ``evidence/dynamic/workloads.py``: figures from others differ.
WORKLOAD_VERSION = 1
#: Semantic version of the JSON of a check. A new optional field is a minor change, any other a major one.
CHECK_VERSION = "1.2.0"

Figure = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
#: ``hidden`` is the part of ``state`` outside ``optimizer.state``; ``host`` is NumPy's and Python's memory.
FigureName = Literal["state", "hidden", "host", "first_transient", "steady_transient"]
FIGURES: tuple[FigureName, ...] = ("state", "hidden", "host", "first_transient", "steady_transient")


class BaselineRun(Record, frozen=True, kw_only=True):
    """Bytes per parameter in one run; ``buffers`` divides ``state`` by the keys of ``BufferMemory``."""

    state: Figure
    hidden: Figure
    host: Figure
    first_transient: Figure
    steady_transient: Figure
    buffers: dict[str, Figure]


class BaselineClass(Record, frozen=True, kw_only=True):
    """What is known of one optimizer.

    Attributes:
        workload: The name of the model that it ran on.
        workload_version: Of the models.
        growth: None where it was not measured.
        packages: The minor version of each package besides torch that it uses; ``absent`` where it does
            without.
        allocations: The source of the lines that make tensors as large as a parameter, so that a new one can
            be told by its line; no line numbers, which move.
        runs: By dtype and path, such as ``float32 default``.
    """

    workload: str
    workload_version: int
    growth: GrowthVerdict | None = None
    packages: dict[str, str] = msgspec.field(default_factory=dict)
    allocations: tuple[str, ...] = ()
    runs: dict[str, BaselineRun]


class Baseline(Record, frozen=True, kw_only=True):
    """A project's optimizers by qualified name, and the torch and the device that they were measured with."""

    format: int
    torch: str
    device: str
    optimizers: dict[str, BaselineClass]


class Tolerance(Record, frozen=True, kw_only=True):
    """What a figure may differ by: only what is beyond both is a change."""

    relative: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.01
    bytes_per_parameter: Annotated[float, msgspec.Meta(ge=0)] = 0.02


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
    """

    run: str
    figure: FigureName
    verdict: ChangeVerdict
    before: float
    after: float
    at_7b: int
    parts: tuple[Part, ...] = ()
    places: tuple[SourceLine, ...] = ()


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
    """

    schema_version: str
    generator: str
    generator_version: str
    torch: str
    device: str
    tolerance: Tolerance
    prefix: str = ""
    against: str | None = None
    optimizers: tuple[CheckedClass, ...]
