"""What runs can say about a step, one function a fact: True, False, or None where nothing was decided."""

from __future__ import annotations

import inspect
from ast import literal_eval
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.facts_accuracy.drive import NotDrivenError, Run, build, driven

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.records import StaticEvidence

DECAY = 0.1


def _decay_options(evidence: StaticEvidence) -> str | None:
    names = [entry.name for entry in evidence.hyperparameters if entry.name == "weight_decay"]
    return names[0] if names else None


def weight_decay(cls: type[torch.optim.Optimizer], evidence: StaticEvidence) -> tuple[str, str] | None:
    """Claimed and observed coupling: decay that reaches the state went through the gradient."""
    name = _decay_options(evidence)
    if name is None:
        return None
    observed: set[str] = set()
    for options in _switches(evidence):
        observed |= _coupling(cls, name, options)
    if not observed:
        return None
    return evidence.workings.weight_decay.coupling, "both" if len(observed) > 1 else observed.pop()  # type: ignore[union-attr]


def _switches(evidence: StaticEvidence) -> Iterator[dict[str, Any]]:
    """The defaults, and every value of the options that say how weight decay is applied."""
    names = {entry.name for entry in evidence.hyperparameters}
    base = {"momentum": 0.9} if "momentum" in names else {}
    yield base
    for entry in evidence.hyperparameters:
        if "decouple" in entry.name and entry.default in {"True", "False"}:
            yield {**base, entry.name: entry.default == "False"}
        elif "decay" in entry.name:
            yield from ({**base, entry.name: literal_eval(choice)} for choice in entry.choices)


def _coupling(cls: type[torch.optim.Optimizer], name: str, options: dict[str, Any]) -> set[str]:
    try:
        runs = [driven(cls, {**options, name: value}) for value in (0.0, DECAY)]
    except NotDrivenError:
        return set()
    plain, decayed = (_averages(run) for run in runs)
    if any(not torch.allclose(plain[key], decayed[key]) for key in plain.keys() & decayed.keys()):
        return {"coupled"}
    pairs = zip(runs[0].parameters, runs[1].parameters, strict=True)
    same = all(torch.equal(left.detach(), right.detach()) for left, right in pairs)
    return set() if same or not plain else {"decoupled"}


def _averages(run: Run) -> dict[tuple[int, str], torch.Tensor]:
    """Full-size state that is no copy of the parameters."""
    found = {}
    for index, parameter in enumerate(run.parameters):
        for key, value in run.optimizer.state[parameter].items():
            if (
                isinstance(value, torch.Tensor)
                and value.shape == parameter.shape
                and value.is_floating_point()
            ):
                near = (value - parameter.detach()).abs().mean() < 0.2 * parameter.detach().abs().mean()
                if not near:
                    found[index, str(key)] = value.detach().clone()
    return found


#: Counters at which every decay to the power of the step is nothing; two of them tell schedules apart.
LATE, LATER = 20_001, 40_001  # odd as the first step is, for those that alternate


def bias_correction(cls: type[torch.optim.Optimizer], evidence: StaticEvidence) -> tuple[str, str] | None:
    """Claimed, and observed: with equal state, the next step depends on the counter early but not late."""
    names = {entry.name for entry in evidence.hyperparameters}
    options = {"weight_decay": 0.0} if "weight_decay" in names else {}
    try:
        early, late, later = (_second_step(cls, options, count) for count in (None, LATE, LATER))
    except NotDrivenError:
        return None
    if not _alike(late, later):  # a schedule, whatever else
        return None
    if not early.any() and not late.any():  # these parameters are none that it changes
        return None
    return evidence.workings.bias_correction.present, "no" if _alike(early, late) else "yes"  # type: ignore[union-attr]


def _second_step(
    cls: type[torch.optim.Optimizer], options: dict[str, Any], count: int | None
) -> torch.Tensor:
    """How a second step, from other gradients, moves the parameters with every counter set to ``count``."""
    run = driven(cls, options)
    if count is not None and not _set_counters(run, count):
        message = "it keeps no counter"
        raise NotDrivenError(message)
    before = [parameter.detach().clone() for parameter in run.parameters]
    run.scale = 0.3  # an average of equal gradients is the same under every weight
    try:
        run.step(closure=run.calls != [])
    except Exception as error:
        raise NotDrivenError(str(error)) from error
    moves = [p.detach() - old for p, old in zip(run.parameters, before, strict=True)]
    return torch.cat([move.flatten() for move in moves])


def _set_counters(run: Run, count: int) -> bool:
    """Set what is called a step counter, in groups, in the state and on the optimizer itself."""
    groups = getattr(run.optimizer, "param_groups", [])  # a wrapper may have none of its own
    holders: list[dict[Any, Any]] = [*groups, vars(run.optimizer)]
    state = getattr(run.optimizer, "state", None) or {}
    holders += [state, *(state[parameter] for parameter in run.parameters if parameter in state)]
    found = False
    for holder in holders:
        for key, value in list(holder.items()):
            if not isinstance(key, str) or key.strip("_") not in {"step", "steps", "t", "k", "state_step"}:
                continue
            if isinstance(value, torch.Tensor) and value.numel() == 1:
                value.fill_(count)
            elif isinstance(value, int | float):
                holder[key] = type(value)(count)
            else:
                continue
            found = True
    return found


def _alike(left: torch.Tensor, right: torch.Tensor) -> bool:
    return bool((left - right).norm() <= 1e-4 * max(float(left.norm()), float(right.norm())))


def closure(cls: type[torch.optim.Optimizer], evidence: StaticEvidence) -> tuple[str, str] | None:
    """Whether a closure may be missing, how often it is called, with autograd or not, and what comes back."""
    claimed = evidence.workings.closure  # type: ignore[union-attr]
    accepted = "closure" in inspect.signature(cls.step).parameters
    for shapes in (0, 1):
        try:
            run = build(cls, {}, shapes)
            returned = run.step(closure=True)
        except Exception:  # noqa: BLE001, S112 - any class may fail in any way
            continue
        calls, grad = len(run.calls), set(run.calls)
        times = "never" if not calls else "once" if calls == 1 else "many"
        enabled = (
            "not called"
            if not grad
            else "enabled"
            if grad == {True}
            else "disabled"
            if grad == {False}
            else "mixed"
        )
        back = "yes" if returned is run.loss else "no"
        need = "optional" if _steps_alone(cls, shapes) else "required"
        said = "many" if claimed.calls in {"several times", "in a loop"} else claimed.calls
        if claimed.calls == "passed on":  # what becomes of it is the wrapped optimizer's
            return "not decided", times
        return (
            f"{claimed.argument}, {said}, {claimed.grad}, {claimed.returns_loss}",
            f"{need if accepted else 'not accepted'}, {times}, {enabled}, {back}",
        )
    return None


def _steps_alone(cls: type[torch.optim.Optimizer], shapes: int) -> bool:
    try:
        build(cls, {}, shapes).step(closure=False)
    except Exception:  # noqa: BLE001 - any class may fail in any way
        return False
    return True


def wrapper(cls: type[torch.optim.Optimizer], evidence: StaticEvidence) -> tuple[str, str] | None:
    """Whether an attribute is an optimizer."""
    try:
        run = build(cls, {})
    except Exception:  # noqa: BLE001 - any class may fail in any way
        return None
    held = any(isinstance(value, torch.optim.Optimizer) for value in vars(run.optimizer).values())
    return "holds" if evidence.workings.holds else "holds none", "holds" if held else "holds none"  # type: ignore[union-attr]


def complex_numbers(cls: type[torch.optim.Optimizer], evidence: StaticEvidence) -> tuple[str, str] | None:
    """Whether complex parameters can be stepped; only a claim that says so is put to the test."""
    claimed = evidence.workings.complex_numbers.handling  # type: ignore[union-attr]
    expected = {"viewed as real": "works", "rejected": "fails"}.get(claimed)
    try:
        driven(cls, {})
    except NotDrivenError:
        return None
    if expected is None:
        return None
    try:
        driven(cls, {}, dtype=torch.complex64)
    except NotDrivenError:
        return expected, "fails"
    return expected, "works"


class _Names(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        self.seen.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


def foreach(cls: type[torch.optim.Optimizer], evidence: StaticEvidence) -> tuple[str, str] | None:
    """Whether kernels over lists of tensors run when they are asked for."""
    return _kernels(cls, evidence, "foreach")


def fused(cls: type[torch.optim.Optimizer], evidence: StaticEvidence) -> tuple[str, str] | None:
    """Whether a fused kernel runs when it is asked for."""
    return _kernels(cls, evidence, "fused")


def _kernels(cls: type[torch.optim.Optimizer], evidence: StaticEvidence, kind: str) -> tuple[str, str] | None:
    names = {entry.name for entry in evidence.hyperparameters}
    claimed = any(path.kind == kind for path in evidence.workings.paths)  # type: ignore[union-attr]
    if kind not in names:
        return None if claimed else ("no path", "no path")
    with _Names() as seen:
        try:
            driven(cls, {kind: True})
        except NotDrivenError:
            return None
    ran = any(name.startswith(f"_{kind}_") for name in seen.seen)
    return "a path" if claimed else "no path", "a path" if ran else "no path"


QUESTIONS = {
    "weight decay": weight_decay,
    "bias correction": bias_correction,
    "closure": closure,
    "wrapper": wrapper,
    "complex numbers": complex_numbers,
    "foreach": foreach,
    "fused": fused,
}
