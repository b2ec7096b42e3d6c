"""Does anything reach torch's kernels past the recorder? A program would lack it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch._ops import OpOverload

    from optreview.evidence.dynamic.rule.program.recorder import Recorder


class Unseen(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the operations that run outside of any call that the recorder handles.

    Attributes:
        names: Of these operations.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names: set[str] = set()
        self._recorder = recorder

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - what torch returns
        """Let it through."""
        if not (self._recorder.handling or self._recorder.paused):
            self.names.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))
