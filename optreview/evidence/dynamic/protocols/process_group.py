"""A process group of one process: the step talks to others, of which there are none (distributed Muon)."""

from __future__ import annotations

import re

from optreview.evidence.dynamic.protocols import Clues, Protocol

_NO_GROUP = re.compile(
    r"process group|init_process_group|initialize\b.*\bdistributed|distributed\b.*initialized", re.I
)


class ProcessGroup(Protocol):
    """The error says that there is no process group.

    The box gives no network, not even to oneself, so that the group is torch's own of processes that are not
    there; with a single one it does what a real one does.
    """

    order = 7
    begin_source = (
        "torch.distributed.init_process_group(\n"
        '    "gloo", rank=0, world_size=1, store=torch.distributed.HashStore()\n'
        ")"
    )

    def suits(self, clues: Clues) -> bool:
        """Read from the error."""
        return clues.refused and _NO_GROUP.search(clues.error) is not None

    def begin(self) -> None:
        """Make the group, once a process."""
        from torch import distributed  # noqa: PLC0415 - a quarter of a second that only few need
        from torch.testing._internal.distributed.fake_pg import FakeStore  # noqa: PLC0415

        if not distributed.is_initialized():
            distributed.init_process_group("fake", rank=0, world_size=1, store=FakeStore())

    def note(self) -> str:
        """What was not seen."""
        return "It was run in a process group of one process: nothing was sent, and no state was divided."
