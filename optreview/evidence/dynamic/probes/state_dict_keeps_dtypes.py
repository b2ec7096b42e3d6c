"""Has the state the same dtypes after a checkpoint is loaded?"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, not_applicable, passed, undecided

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 3
_TRIED = (torch.bfloat16, torch.float32)


class StateDictKeepsDtypes(Probe):
    """Has every tensor of the state the same dtype after its ``state_dict`` is loaded?

    Three steps on bfloat16 parameters, and on float32 ones; the ``state_dict`` is loaded into a new instance,
    and its tensors are compared with those that were saved. ``Optimizer.load_state_dict`` turns all but
    ``step`` into the parameter's dtype, so whoever keeps another one must put it back.
    """

    care = "high"
    of_rest = True
    failing = (
        "Resuming changes the precision of the state: float32 moments of bfloat16 weights are rounded, 8-bit "
        "state becomes something else, or the state takes more memory than before."
    )
    source = "https://github.com/pytorch/pytorch/issues/75224"

    def ask(self, stage: Stage) -> Answer:
        """Save, load, and compare dtypes."""
        tried, errors = [], []
        for dtype in _TRIED:
            try:
                changed, tensors = _changed(stage, dtype)
            except Exception as error:  # noqa: BLE001 - it may not take this dtype, or not load at all
                errors.append(f"with {_name(dtype)} parameters, it raised {stage.said(error)}")
                continue
            if changed:
                return failed(f"With {_name(dtype)} parameters, {changed}.")
            if tensors:
                tried.append(_name(dtype))
        if tried:
            return passed(f"No tensor of the state changed its dtype, with {' and '.join(tried)} parameters.")
        if errors:
            return undecided(f"It could not be tried: {'; '.join(errors)}.")
        return not_applicable("It keeps no tensors in its state.")


def _changed(stage: Stage, dtype: torch.dtype) -> tuple[str, int]:
    """What changed, and how many tensors there are."""
    trial, other = stage.trial(dtype=dtype), stage.trial(dtype=dtype)
    trial.run(_STEPS)
    saved = copy.deepcopy(trial.optimizer.state_dict())
    before = dict(_dtypes(saved))
    other.optimizer.load_state_dict(saved)
    after = dict(_dtypes(other.optimizer.state_dict()))
    different = [path for path, kind in before.items() if after.get(path, kind) is not kind]
    if not different:
        return "", len(before)
    first = different[0]
    name = first.rpartition(".")[2]
    moved = f"{name} was {_name(before[first])} when saved and {_name(after[first])} when loaded"
    return f"{moved} ({len(different)} of {len(before)} tensors changed)", len(before)


def _dtypes(value: object, path: str = "") -> Iterator[tuple[str, torch.dtype]]:
    if isinstance(value, torch.Tensor):
        yield path, value.dtype
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _dtypes(each, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _dtypes(each, f"{path}[{index}]")


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
