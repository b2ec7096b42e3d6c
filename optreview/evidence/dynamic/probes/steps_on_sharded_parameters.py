"""Does it step on the sharded parameters that FSDP2 makes?"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Shard
from torch.testing._internal.distributed.fake_pg import FakeStore

from optreview.evidence.dynamic import failures
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed, undecided
from optreview.evidence.dynamic.trials.stage import FEW
from optreview.evidence.dynamic.trials.trial import normal
from optreview.evidence.dynamic.workloads import SEED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch.distributed.device_mesh import DeviceMesh

    from optreview.evidence.dynamic.trials.stage import Shape, Stage
    from optreview.evidence.dynamic.trials.trial import Trial

#: A state that is made in the first step may be used otherwise from the second on.
_STEPS = 3
_RANKS = 2
#: Rows that two ranks cannot share alike.
_UNEVEN: tuple[Shape, ...] = ((5, 4), (5,), (3, 3, 3, 3))


class StepsOnShardedParameters(Probe):
    """Does it step on parameters that are sharded as FSDP2 shards them?

    Three steps on ``DTensor`` parameters and gradients, ``Shard(0)`` over a process group of two ranks that
    only pretends to communicate: once where the ranks share alike, once where they do not. Every operation
    must know how to work on such tensors, and no rank may keep as much state for a parameter as the whole
    parameter has. What is computed is not compared, since nothing is communicated.
    """

    care = "high"
    failing = (
        "Under FSDP2 (``fully_shard``) its step fails, at least on models whose tensors the ranks cannot "
        "share alike, or it keeps the whole state on every rank."
    )
    source = "https://docs.pytorch.org/docs/stable/distributed.fsdp.fully_shard.html"
    slow = True

    def ask(self, stage: Stage) -> Answer:
        """Take steps with shards, after steps with whole tensors of the same shapes."""
        with _ranks(stage.device) as mesh:
            for shapes in (FEW, _UNEVEN):
                whole = stage.trial(shapes)
                whole.run(_STEPS)
                if any(p.grad is not None and p.grad.is_sparse for p in whole.parameters):
                    return not_applicable("It takes sparse gradients, and FSDP2 gives dense ones.")
                answer = _sharded(stage, shapes, mesh, whole)
                if answer is not None:
                    return answer
        return passed(
            f"{_STEPS} steps on parameters sharded over {_RANKS} ranks raised nothing, and no rank kept the "
            "whole state of a parameter; only the operations are tried, no numbers are compared."
        )


@contextmanager
def _ranks(device: str) -> Iterator[DeviceMesh]:
    """A process group that only pretends to communicate; whatever group there was is gone."""
    if distributed.is_initialized():
        distributed.destroy_process_group()
    distributed.init_process_group("fake", rank=0, world_size=_RANKS, store=FakeStore())
    try:
        yield init_device_mesh(device, (_RANKS,))
    finally:
        distributed.destroy_process_group()


def _sharded(stage: Stage, shapes: Sequence[Shape], mesh: DeviceMesh, whole: Trial) -> Answer | None:
    """What goes wrong with shards of these shapes that does not with whole tensors, if anything."""
    shapes = [shape for shape in shapes if stage.plan.accepts(shape)]
    alike = "" if all(shape[0] % _RANKS == 0 for shape in shapes) else " of unequal sizes"
    try:
        trial = _stepped(stage, shapes, mesh)
    except torch.linalg.LinAlgError as error:  # type: ignore[attr-defined]
        return undecided(f"The numbers that no rank has sent led to {stage.said(error)}.")
    except Exception as error:
        if failures.denied(error) or failures.out_of_memory(error):
            raise
        loop = _with_for_loop(stage, shapes, mesh)
        said = f"Stepping on shards{alike} raised {stage.said(error)}.{loop}"
        return failed(said, *stage.raised_at(error))
    kept = _kept_whole(trial, whole)
    if kept:
        return failed(f"Every rank keeps the whole of state {failures.quoted(repr(kept))} of a parameter.")
    return None


def _stepped(
    stage: Stage, shapes: Sequence[Shape], mesh: DeviceMesh, options: Mapping[str, str] | None = None
) -> Trial:
    """A trial that has taken its steps on shards."""
    trial = stage.trial(tensors=[_shard(each, mesh) for each in normal(shapes, SEED)], options=options)
    for index in range(_STEPS):
        trial.step([_shard(each, mesh) for each in normal(shapes, SEED + 1 + index)])
    return trial


def _with_for_loop(stage: Stage, shapes: Sequence[Shape], mesh: DeviceMesh) -> str:
    """A sentence where the path without multi-tensor operations steps; some of these know no shards."""
    if not stage.takes("foreach"):
        return ""
    try:
        _stepped(stage, shapes, mesh, {"foreach": "False"})
    except Exception:  # noqa: BLE001 - then there is nothing to say
        return ""
    return " It steps with foreach=False."


def _shard(tensor: torch.Tensor, mesh: DeviceMesh) -> DTensor:
    """The first rank's shard: FSDP2 gives it as many rows as the largest has."""
    local = tensor.chunk(_RANKS)[0].clone().to(mesh.device_type)
    return DTensor.from_local(
        local, mesh, [Shard(0)], run_check=False, shape=tensor.shape, stride=tensor.stride()
    )


def _kept_whole(trial: Trial, whole: Trial) -> object:
    """The key of a state that is as large as without shards, and as a parameter; or None."""
    for sharded, parameter in zip(trial.parameters, whole.parameters, strict=True):
        ordinary = _state(whole, parameter)
        share = sharded.to_local().numel()  # type: ignore[attr-defined]
        for key, value in _state(trial, sharded).items():
            local = value.to_local() if isinstance(value, DTensor) else value
            alike = key in ordinary and local.numel() == ordinary[key].numel()
            if alike and local.numel() >= parameter.numel() > share:
                return key
    return None


def _state(trial: Trial, parameter: torch.Tensor) -> dict[object, torch.Tensor]:
    """The tensors that the optimizer keeps for a parameter."""
    state = trial.optimizer.state.get(parameter, {})
    found = state.items() if isinstance(state, dict) else ()
    return {key: value for key, value in found if isinstance(value, torch.Tensor)}
