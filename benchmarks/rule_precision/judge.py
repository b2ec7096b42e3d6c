"""Runs that decide about findings: one line of JSON a question, for the classes that are named.

    python benchmarks/rule_precision/judge.py pytorch_optimizer:Lamb torch_optimizer:Yogi
    python benchmarks/rule_precision/judge.py pytorch_optimizer:Lamb foreach=False weight_decay=0.1

This imports and runs the packages in this process: only for packages that one trusts.
"""

from __future__ import annotations

import copy
import importlib
import io
import json
import sys
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from optreview.evidence.dynamic import workloads
from optreview.evidence.dynamic.drive import drive
from optreview.evidence.dynamic.wire import Trouble
from optreview.evidence.static import discover
from optreview.records import Failure, Option
from optreview.targets import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optreview.evidence.dynamic.plan import Plan

_READS = frozenset({"aten::_local_scalar_dense", "aten::equal", "aten::nonzero", "aten::is_nonzero"})


@dataclass
class Rig:
    """An optimizer on the small model, with the gradients of the batch of each step."""

    cls: type[torch.optim.Optimizer]
    plan: Plan
    names: dict[str, Any]
    dtype: torch.dtype = torch.float32
    parameters: list[torch.nn.Parameter] = field(init=False)

    def __post_init__(self) -> None:
        """Build model and optimizer."""
        shapes = workloads.shapes(workloads.SMALL)
        refused = [t.name for t in shapes if not self.plan.accepts(t.shape)]
        self.bench = workloads.bench(
            workloads.SMALL, dtype=self.dtype, device="cpu", batches=4, omitted=refused
        )
        self.parameters = list(self.bench.parameters.values())
        torch.manual_seed(0)
        self.optimizer = self.plan.build(self.cls, self.bench.model, self.parameters, self.names)

    def differentiate(self, index: int) -> torch.Tensor:
        """Fresh gradients."""
        for parameter in self.bench.model.parameters():
            parameter.grad = None
        loss = self.bench.loss(index)
        self.plan.backward(loss, self.parameters, self.optimizer)
        return loss.detach()

    def step(self, index: int) -> None:
        """One step; the global generators start alike for equal indices."""
        torch.manual_seed(index)
        if self.plan.gradients_first:
            self.differentiate(index)
        if self.plan.closure:

            def closure() -> torch.Tensor:
                with torch.enable_grad():
                    return self.differentiate(index)

            self.optimizer.step(closure)  # type: ignore[arg-type]
        else:
            self.optimizer.step()

    def weights(self) -> torch.Tensor:
        """All parameters as one vector."""
        return torch.cat([p.detach().float().flatten() for p in self.parameters])


def plan_for(cls: type[torch.optim.Optimizer], names: dict[str, Any]) -> Plan:
    """The protocols with which two steps move the weights."""

    def attempt(plan: Plan) -> bool | Trouble:
        stage: Literal["build", "step", "still"] = "build"
        said = ""
        try:
            rig = Rig(cls, plan, names)
            stage, before = "step", rig.weights()
            rig.step(0)
            rig.step(1)
            if not torch.equal(before, rig.weights()):
                return True
            stage = "still"
        except Exception as error:  # noqa: BLE001 - the optimizer may raise anything
            said = f"{type(error).__name__}: {error}"
        failure = Failure(kind="not-driven", message=f"it could not be driven ({stage}: {said})")
        return Trouble(stage=stage, error=said, failure=failure)

    return drive(cls, attempt)[0]


class Lines(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The lines of a package at which a gradient's memory is written or a value is read to the host."""

    def __init__(self, package: str, parameters: Iterable[torch.Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.package, self.parameters = f"/{package.replace('.', '/')}/", list(parameters)
        self.writes: set[str] = set()
        self.reads: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        """Note where the operation comes from."""
        given = [*args, *(kwargs or {}).values()]
        held = {p.grad.untyped_storage().data_ptr() for p in self.parameters if p.grad is not None}
        arguments = zip(func._schema.arguments, given, strict=False)
        written = [v for a, v in arguments if a.alias_info is not None and a.alias_info.is_write]
        tensors = [t for v in written for t in (v if isinstance(v, list | tuple) else [v])]
        if any(isinstance(t, torch.Tensor) and t.untyped_storage().data_ptr() in held for t in tensors):
            self.writes.add(self._here())
        if func.name() in _READS:
            self.reads.add(self._here())
        return func(*args, **(kwargs or {}))

    def _here(self) -> str:
        frame = sys._getframe(2)
        while frame.f_back is not None and self.package not in frame.f_code.co_filename:
            frame = frame.f_back
        return f"{frame.f_code.co_filename.rpartition('site-packages/')[2]}:{frame.f_lineno}"


def missing_gradient(rig: Rig, _: str) -> object:
    """Does a parameter without a gradient fail?"""
    whole = rig.plan.backward

    def partly(
        loss: torch.Tensor, parameters: Iterable[torch.Tensor], optimizer: torch.optim.Optimizer | None
    ) -> None:
        whole(loss, parameters, optimizer)
        rig.parameters[0].grad = None

    object.__setattr__(rig.plan, "backward", partly)
    rig.step(0)
    return "skipped"


def resumed(rig: Rig, _: str) -> object:
    """Does a run that was saved and loaded go on with equal bits?"""
    for index in range(3):
        rig.step(index)
    other = Rig(rig.cls, rig.plan, rig.names)
    for mine, theirs in zip(other.parameters, rig.parameters, strict=True):
        mine.data.copy_(theirs.data)
    other.optimizer.load_state_dict(copy.deepcopy(rig.optimizer.state_dict()))
    for index in (3, 4):
        rig.step(index)
        other.step(index)
    return torch.equal(rig.weights(), other.weights())


def loads_weights_only(rig: Rig, _: str) -> object:
    """Can the checkpoint be loaded as ``torch.load`` does by default?"""
    rig.step(0)
    rig.step(1)
    file = io.BytesIO()
    torch.save(rig.optimizer.state_dict(), file)
    file.seek(0)
    torch.load(file, weights_only=True)
    return True


def hooks(rig: Rig, _: str) -> object:
    """Do the hooks and the saving of the base work?"""
    rig.optimizer.register_step_pre_hook(lambda *_: None)
    rig.step(0)
    rig.optimizer.state_dict()
    return True


def unknown_keyword(rig: Rig, _: str) -> object:
    """Is an invented keyword accepted?"""
    Rig(rig.cls, rig.plan.with_options([Option(name="no_such_option", value="1")]), rig.names)
    return "accepted"


def dtypes_lost(rig: Rig, _: str) -> object:
    """Which state of bfloat16 parameters has another dtype after loading?"""
    half = Rig(rig.cls, rig.plan, rig.names, torch.bfloat16)
    half.step(0)
    other = Rig(rig.cls, rig.plan, rig.names, torch.bfloat16)
    other.optimizer.load_state_dict(copy.deepcopy(half.optimizer.state_dict()))
    pairs = zip(half.parameters, other.parameters, strict=True)
    return sorted(
        {
            str(key)
            for mine, theirs in pairs
            for key, value in half.optimizer.state[mine].items()
            if isinstance(value, torch.Tensor) and value.dtype != other.optimizer.state[theirs][key].dtype
        }
    )


def lines(rig: Rig, package: str) -> object:
    """At which lines are gradients written, and values read to the host?"""
    watch = Lines(package, rig.parameters)
    with watch:
        for index in range(4):
            rig.step(index)
    return {"gradient written": sorted(watch.writes), "read to the host": sorted(watch.reads)}


QUESTIONS: tuple[Callable[[Rig, str], object], ...] = (
    missing_gradient, resumed, loads_weights_only, hooks, unknown_keyword, dtypes_lost, lines,
)  # fmt: skip


def main() -> int:
    """Ask every question of every class named."""
    warnings.simplefilter("ignore")
    given = [each.partition("=") for each in sys.argv[1:] if "=" in each]
    options = [Option(name=name, value=value) for name, _, value in given]
    for spec in (each for each in sys.argv[1:] if "=" not in each):
        for candidate in discover(resolve(spec)).found:
            target = candidate.target
            module = importlib.import_module(target.module)
            cls, names = getattr(module, target.class_name or ""), {"torch": torch, **vars(module)}
            plan = plan_for(cls, names).with_options(options)
            for question in QUESTIONS:
                try:
                    answer = question(Rig(cls, copy.copy(plan), names), target.package)
                except Exception as failure:  # noqa: BLE001 - that it fails is the answer
                    answer = f"{type(failure).__name__}: {failure}"
                print(json.dumps({"class": spec, "question": question.__name__, "answer": answer}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
