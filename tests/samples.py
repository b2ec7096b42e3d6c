"""A made-up record, complete in every part, for tests of judgement and report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from optreview.records import (
    Base,
    Box,
    BufferMemory,
    DynamicEvidence,
    Environment,
    Evidence,
    Failure,
    Finding,
    Growth,
    Hyperparameter,
    InPlaceSite,
    Location,
    Measurement,
    MemoryRun,
    Option,
    OptionRun,
    Recipe,
    SourceFile,
    SparseVerdict,
    StateBuffer,
    StaticEvidence,
    StepCost,
    Subject,
    TensorShape,
    Workload,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PARAMETERS = 1000

T = TypeVar("T")


def made(kind: Callable[..., T], more: dict[str, Any], usual: dict[str, Any]) -> T:
    """A record with its usual values, but for those that a test gives."""
    return kind(**{**usual, **more})


def at(line: int) -> Location:
    return Location(file="toy.py", line=line, column=5)


def measured(name: str, value: float | bool | str, unit: str = "ratio", **more: Any) -> Measurement:
    return Measurement(
        id=name, value=value, unit=unit, presence="measured", note=more.pop("note", ""), **more
    )


def buffer(key: str, size: int, **more: Any) -> BufferMemory:
    return made(
        BufferMemory,
        more,
        {"key": key, "bytes": size, "tensors": 2, "dtypes": ("float32",), "like_parameter": 2, "scalars": 0},
    )


def run(optimizer: str, buffers: tuple[BufferMemory, ...], **more: Any) -> MemoryRun:
    state = sum(b.bytes for b in buffers)
    return made(
        MemoryRun,
        more,
        {
            "optimizer": optimizer,
            "dtype": "float32",
            "device": "cpu",
            "implementation": "default",
            "options": (),
            "steps": 12,
            "parameter_bytes": 4 * PARAMETERS,
            "state_bytes": state,
            "declared_bytes": state,
            "hidden_bytes": 0,
            "buffers": buffers,
            "first_transient_bytes": 8000,
            "steady_transient_bytes": 4000,
            "operations": 20,
            "host_syncs": 0,
            "series": (state,) * 12,
            "trajectory": "a" * 64,
            "finite": True,
            "moved_at": 1,
            "gradients_mutated": False,
            "cost": StepCost(bytes_read=30_000, bytes_written=10_000, full_size=1, full_size_bytes=3600),
        },
    )


def subject(**more: Any) -> Subject:
    return made(
        Subject,
        more,
        {
            "class_name": "Toy",
            "module": "toy",
            "package": "toy",
            "location": at(3),
            "source": SourceFile(file="toy.py", sha256="0" * 64),
        },
    )


def static(**more: Any) -> StaticEvidence:
    return made(
        StaticEvidence,
        more,
        {
            "subject": subject(),
            "complete": True,
            "limits": (),
            "bases": (Base(name="Optimizer", module="torch.optim.optimizer"),),
            "summary": "A toy.",
            "citations": (),
            "hyperparameters": (
                Hyperparameter(
                    name="lr", location=at(5), default="1e-3", annotation="float", description="Rate."
                ),
                Hyperparameter(name="amsgrad", location=at(6), default="False", annotation="bool"),
            ),
            "accepts_extra_keywords": False,
            "state_buffers": (
                StateBuffer(key="m", kind="full-size", sites=(at(12),)),
                StateBuffer(
                    key="vmax",
                    kind="full-size",
                    sites=(at(13),),
                    gate="group['amsgrad']",
                    gated_by=("amsgrad",),
                ),
            ),
            "in_place_sites": (
                InPlaceSite(location=at(20), expression="p.add_(m)", role="parameter", certain=True),
            ),
            "sparse": SparseVerdict(handling="unmentioned"),
            "rules": ("data_attribute", "missing_no_grad"),
            "findings": (
                Finding(
                    rule="data_attribute",
                    location=at(21),
                    message="`p.data` bypasses autograd",
                    confidence="certain",
                ),
            ),
            "measurements": (measured("step_lines", 40, "lines"), measured("foreach_path", False, "bool")),
            "sources": (SourceFile(file="toy.py", sha256="0" * 64),),
        },
    )


ADAMW = "torch.optim:AdamW"
ADAMW_STATE = (
    buffer("exp_avg", 4000),
    buffer("exp_avg_sq", 4000),
    buffer("step", 8, like_parameter=0, scalars=2),
)


def dynamic(**more: Any) -> DynamicEvidence:
    return made(
        DynamicEvidence,
        more,
        {
            "environment": Environment(python="3.11", torch="2.13.0", system="Linux", device="cpu"),
            "box": Box(active=("own process group",), inactive=()),
            "workload": Workload(
                name="small",
                tensors=(TensorShape(name="w", shape=(30, 30)), TensorShape(name="b", shape=(100,))),
            ),
            "recipe": Recipe(
                protocol="plain",
                arguments=(),
                snippet="optimizer = Toy(model.parameters())",
                ordinary_loop=True,
            ),
            "runs": (run("toy:Toy", (buffer("m", 4000),)),),
            "references": (run(ADAMW, ADAMW_STATE),),
            "options": (
                OptionRun(
                    option=Option(name="amsgrad", value="True"),
                    run=run(
                        "toy:Toy",
                        (buffer("m", 4000), buffer("vmax", 4000)),
                        options=(Option(name="amsgrad", value="True"),),
                        trajectory="b" * 64,
                    ),
                ),
            ),
            "growth": Growth(
                verdict="constant",
                steps=50,
                settled_at=1,
                parameter_bytes=400,
                state_bytes=400,
                most_bytes=400,
            ),
            "failures": (),
            "measurements": (
                measured("state_over_adamw", 4000 / 8008),
                measured("state_over_adamw_bf16", 0.5),
                measured("steady_transient_over_parameters", 1.0),
                measured("state_growth", "constant", "verdict"),
                measured("no_device_sync", "pass", "outcome"),
                measured("bf16_finite", True, "bool"),
                measured("lr_in_groups", "pass", "outcome"),
                measured("accepts_every_shape", True, "bool"),
                measured("plain_protocol", True, "bool"),
                measured("state_dict_reloads", "pass", "outcome"),
            ),
        },
    )


def evidence(**more: Any) -> Evidence:
    return made(Evidence, more, {"static": static(), "dynamic": dynamic(), "not_run": None})


def not_run(message: str = "It needs a package that is not installed.") -> Evidence:
    return Evidence(static=static(), dynamic=None, not_run=Failure(kind="missing-package", message=message))


def renamed(found: Evidence, **changes: Any) -> Evidence:
    """The same evidence about a subject with other names."""
    facts = msgspec.structs.replace(found.static, subject=subject(**changes))
    return msgspec.structs.replace(found, static=facts)
