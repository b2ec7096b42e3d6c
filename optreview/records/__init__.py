"""Every value that flows from source to page, frozen, in order of birth.

Target, then evidence (static and dynamic), then judgement, then the review record that is saved as JSON.
Absence has four names that never stand in for each other: ``not-applicable``, ``not-measured``, ``errored``
and a measured ``false`` or zero.
"""

from __future__ import annotations

from optreview.records.common import (
    Effort,
    Location,
    Measurement,
    Position,
    Presence,
    Record,
    Severity,
)
from optreview.records.dynamic import (
    Box,
    BufferMemory,
    DynamicEvidence,
    Environment,
    Failure,
    Growth,
    MemoryRun,
    Option,
    OptionRun,
    Recipe,
    TensorShape,
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
    Evidence,
    Review,
    encode,
)
from optreview.records.static import (
    Base,
    BufferKind,
    Finding,
    Hyperparameter,
    InPlaceSite,
    Role,
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
    "DynamicEvidence",
    "Effort",
    "Environment",
    "Evidence",
    "Failure",
    "Finding",
    "Growth",
    "Hyperparameter",
    "Identity",
    "InPlaceSite",
    "Judged",
    "Judgement",
    "Location",
    "Measurement",
    "MemoryRun",
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
    "Workload",
    "encode",
]
