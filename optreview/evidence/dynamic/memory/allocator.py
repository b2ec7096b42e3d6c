"""What the dispatcher does not see: memory that kernels take and free inside, as CUDA's allocator counts it.

On the CPU nobody counts it: operations there call the system's allocator, which keeps no peak of one of them.
"""

from __future__ import annotations

import torch

#: Bytes as they were asked for, before the allocator rounds them up.
_REQUESTED = "requested_bytes.all"


class Allocator:
    """CUDA's caching allocator over a step; on another device it says nothing."""

    def __init__(self, device: str) -> None:
        self._counts = device == "cuda"

    def begin(self) -> None:
        """A step begins: the peak falls to what is there now."""
        if self._counts:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()

    def transient(self) -> int | None:
        """The step's peak above what is there at its end.

        What stays, such as the workspaces of a library, is in both.
        """
        if not self._counts:
            return None
        torch.cuda.synchronize()
        told = torch.cuda.memory_stats()
        return max(0, int(told[f"{_REQUESTED}.peak"]) - int(told[f"{_REQUESTED}.current"]))
