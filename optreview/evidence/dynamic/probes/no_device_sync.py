"""Does a step run without reading tensor values into Python, which waits for the device?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from optreview.evidence.dynamic.memory.ledger import HOST_READS
from optreview.evidence.dynamic.trials.probe import Answer, Probe, failed, passed, undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from optreview.evidence.dynamic.trials.stage import Stage

_STEPS = 3
_META = torch.device("meta")
_SHAPE_READS = frozenset({"aten::index.Tensor", "aten::masked_select"})


class NoDeviceSync(Probe):
    """Does a step leave the device alone, without reading tensor values into Python?

    Three steps on the meta device, whose tensors have no values: what needs one from a parameter or a
    gradient is seen.
    """

    care = "medium"
    of_rest = True
    failing = "On a GPU every such read waits until all that was queued is done."
    designed = "Line searches compare losses in Python (LBFGS); they need values."
    source = "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html#avoid-unnecessary-cpu-gpu-synchronization"

    def ask(self, stage: Stage) -> Answer:
        """Take three steps on the meta device and watch for reads."""
        session = stage.session("meta")
        watch = _Reads()
        try:
            with watch:
                for index in range(_STEPS):
                    session.step(index)
        except Exception as error:  # noqa: BLE001 - the optimizer may raise anything
            if not watch.operation:
                return undecided(f"It could not be stepped on the meta device: {stage.said(error)}.")
        if watch.operation:
            return failed(f"A step reads a tensor's value into Python ({watch.operation}).")
        return passed(f"{_STEPS} steps on the meta device read no value of a parameter or gradient.")


class _Reads(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operation = ""

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operation returns
        name = func.name()  # type: ignore[attr-defined]
        try:
            result = func(*args, **(kwargs or {}))
        except Exception:
            if _reads(name, args, kwargs or {}):
                self.operation = self.operation or name
            raise
        if name in HOST_READS and _on_meta(args):
            self.operation = self.operation or name
        return result


def _reads(name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> bool:
    copies = name in ("aten::_to_copy", "aten::copy_") and kwargs.get("device", _META) != _META
    return _on_meta(args) and (copies or name in HOST_READS or name in _SHAPE_READS)


def _on_meta(args: Iterable[object]) -> bool:
    return any(isinstance(each, torch.Tensor) and each.device == _META for each in args)
