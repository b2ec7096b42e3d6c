"""Every value that flows from source to page, frozen, in order of birth.

Target, then evidence (static and dynamic), then judgement, then the review record that is saved as JSON.
Absence has four names that never stand in for each other: ``not-applicable``, ``not-measured``, ``errored``
and a measured ``false`` or zero.
"""

from __future__ import annotations

from optreview.records.common import (
    BufferKind,
    Effort,
    Location,
    Measurement,
    Position,
    Presence,
    Record,
    Role,
    Severity,
)
from optreview.records.dynamic import (
    Box,
    BufferMemory,
    DynamicEvidence,
    Environment,
    ExecutedLines,
    Failure,
    Growth,
    KeptState,
    MemoryRun,
    Observation,
    Option,
    OptionRun,
    Recipe,
    TensorShape,
    Trace,
    Workload,
)
from optreview.records.judgement import (
    Identity,
    Judged,
    Judgement,
    Outcome,
    Recommendation,
    Score,
    Setting,
)
from optreview.records.review import (
    GENERATOR,
    SCHEMA_VERSION,
    Confirmation,
    Evidence,
    Joined,
    Review,
    encode,
)
from optreview.records.static import (
    Base,
    Finding,
    Hyperparameter,
    InPlaceSite,
    SourceFile,
    SparseVerdict,
    StateBuffer,
    StaticEvidence,
    Subject,
)
from optreview.records.target import (
    Target,
)

__all__ = [
    "GENERATOR",
    "SCHEMA_VERSION",
    "Base",
    "Box",
    "BufferKind",
    "BufferMemory",
    "Confirmation",
    "DynamicEvidence",
    "Effort",
    "Environment",
    "Evidence",
    "ExecutedLines",
    "Failure",
    "Finding",
    "Growth",
    "Hyperparameter",
    "Identity",
    "InPlaceSite",
    "Joined",
    "Judged",
    "Judgement",
    "KeptState",
    "Location",
    "Measurement",
    "MemoryRun",
    "Observation",
    "Option",
    "OptionRun",
    "Outcome",
    "Position",
    "Presence",
    "Recipe",
    "Recommendation",
    "Record",
    "Review",
    "Role",
    "Score",
    "Setting",
    "Severity",
    "SourceFile",
    "SparseVerdict",
    "StateBuffer",
    "StaticEvidence",
    "Subject",
    "Target",
    "TensorShape",
    "Trace",
    "Workload",
    "encode",
]
