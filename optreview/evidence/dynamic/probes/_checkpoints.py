"""Distributed checkpoints in one process. Importing PyTorch's module for them takes longer than using it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.distributed.checkpoint import state_dict_loader, state_dict_saver
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

if TYPE_CHECKING:
    from optreview.evidence.dynamic.trials.trial import Trial

__all__ = ["CheckpointException", "first", "load", "save"]


def first(error: BaseException) -> BaseException:
    """What the only process raised, where PyTorch has gathered what each one did."""
    gathered = error.failures.values() if isinstance(error, CheckpointException) else ()
    return next((cause for cause, _ in gathered), error)


def save(trial: Trial, folder: str) -> None:
    """Write the model and the optimizer."""
    trial.optimizer.zero_grad()  # gradients beside an empty state keep PyTorch from looking for any state
    model, optimizer = get_state_dict(trial.model, trial.optimizer)
    state_dict_saver.save({"model": model, "optimizer": optimizer}, checkpoint_id=folder, no_dist=True)


def load(trial: Trial, folder: str) -> None:
    """Read them back."""
    model, optimizer = get_state_dict(trial.model, trial.optimizer)
    loaded: dict[str, Any] = {"model": model, "optimizer": optimizer}
    state_dict_loader.load(loaded, checkpoint_id=folder, no_dist=True)
    set_state_dict(
        trial.model,
        trial.optimizer,
        model_state_dict=loaded["model"],
        optim_state_dict=loaded["optimizer"],
    )
