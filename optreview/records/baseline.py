"""What a project's baseline holds: figures, outcomes and findings by class, distilled from evidence."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from optreview.records.common import Record
from optreview.records.dynamic import DynamicEvidence, GrowthVerdict
from optreview.records.memory import Family, Share
from optreview.records.static import Finding

#: Raised with every change of the baseline file that an older optreview could not read. Of older formats
#: those can be read that only lack something, which is not compared then.
BASELINE_FORMAT, OLDEST_FORMAT = 2, 1
#: Raised with every change of the models in ``evidence/dynamic/workloads.py``: figures from others differ.
WORKLOAD_VERSION = 1

Figure = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
#: ``hidden`` is the part of ``state`` outside ``optimizer.state``; ``host`` is NumPy's and Python's memory.
FigureName = Literal["state", "hidden", "host", "first_transient", "steady_transient"]
FIGURES: tuple[FigureName, ...] = ("state", "hidden", "host", "first_transient", "steady_transient")


class Gauged(Record, frozen=True, kw_only=True):
    """What was measured of one class.

    Attributes:
        shares: Those of each of its runs, in their order.
        findings: What the rules find in it, whatever the project makes of that; None where they were not run.
    """

    evidence: DynamicEvidence
    shares: tuple[tuple[Share, ...], ...]
    findings: tuple[Finding, ...] | None = None


class BaselineRun(Record, frozen=True, kw_only=True):
    """Bytes per parameter in one run.

    Attributes:
        buffers: Divides ``state`` by the keys of ``BufferMemory``.
        families: For each family of shapes that the parameters are of, the buffers that belong to such
            parameters, in bytes per parameter of that family; without scalars, and without what belongs to
            no parameter. Empty in baselines of format 1.
    """

    state: Figure
    hidden: Figure
    host: Figure
    first_transient: Figure
    steady_transient: Figure
    buffers: dict[str, Figure]
    families: dict[Family, dict[str, Figure]] = msgspec.field(default_factory=dict)


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
        optreview: The version that asked the probes and ran the rules; None where neither was asked for.
        probes: What became of each probe: ``pass``, ``fail``, ``differs-by-design``, a describing word, or
            why there is no answer, as ``Presence`` has it. None where they were not asked.
        lint: The source of the lines that each rule found something in; None where they were not run.
        runs: By dtype and path, such as ``float32 default``.
    """

    workload: str
    workload_version: int
    growth: GrowthVerdict | None = None
    packages: dict[str, str] = msgspec.field(default_factory=dict)
    allocations: tuple[str, ...] = ()
    optreview: str | None = None
    probes: dict[str, str] | None = None
    lint: dict[str, tuple[str, ...]] | None = None
    runs: dict[str, BaselineRun]


class Baseline(Record, frozen=True, kw_only=True):
    """A project's optimizers by qualified name, and the torch and the device that they were measured with."""

    format: int
    torch: str
    device: str
    optimizers: dict[str, BaselineClass]
