"""What the memory behind a tensor is to the optimizer, whatever view it is reached through."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, NamedTuple

import torch

from optreview.evidence.dynamic.memory.ledger import storages
from optreview.evidence.dynamic.memory.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from optreview.records import Role

    #: Code, instruction, and a number for each time that the instruction was come to.
    Key = tuple[tuple[CodeType, int], int] | None


class Holder(NamedTuple):
    """A role, and the state key where there is one."""

    role: Role
    key: str | None = None


TEMPORARY, ELSEWHERE = Holder("temporary"), Holder("state")
_PARAMETER, _GRADIENT = Holder("parameter"), Holder("gradient")


class Holders:
    """Storages by what they are.

    The optimizer's state is looked through before each step, and again when it is not known what became of
    something that the step made. A storage's entry goes with the storage, so that its address can be used
    again.

    Attributes:
        optimizer: Whose state it is; unknown while the constructor runs.
    """

    def __init__(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        self.optimizer: object | None = None
        self._parameters = parameters
        self._held: dict[int, Holder] = {}
        self._born: dict[int, Key] = {}
        self._host: set[int] = set()
        self._alive: dict[int, weakref.ref[torch.UntypedStorage]] = {}

    def begin(self) -> None:
        """A step begins: whatever exists now was not made by it, and who holds it is asked anew."""
        self._born.clear()
        self.look()

    def look(self) -> None:
        """Go through the state, the gradients and the parameters."""
        self._held.clear()
        for leaf in Walk(self._parameters).state(self.optimizer):
            if isinstance(leaf.value, torch.Tensor):
                self._hold(leaf.value, Holder("state", leaf.path.partition(".")[0] or None))
        self.gradients()
        for parameter in self._parameters:
            self._hold(parameter, _PARAMETER)

    def gradients(self) -> None:
        """Take in the gradients that are there now."""
        for parameter in self._parameters:
            if parameter.grad is not None:
                self._hold(parameter.grad, _GRADIENT)

    def of(self, storage: torch.UntypedStorage) -> Holder | None:
        """What a storage is; None for one that this step made, which may have become state since."""
        key = storage._cdata
        return self._held.get(key) or (None if key in self._born else ELSEWHERE)

    def held(self, storage: torch.UntypedStorage) -> Holder:
        """What has become of a storage that the step made, as of the last look."""
        return self._held.get(storage._cdata, TEMPORARY)

    def born(self, storage: torch.UntypedStorage, place: Key) -> bool:
        """Note where memory was made; False when it existed before."""
        key = storage._cdata
        if key in self._alive:
            return False
        self._watch(storage)
        self._born[key] = place
        return True

    def birthplace(self, storage: torch.UntypedStorage) -> Key:
        """Where the memory was made, if that was in this step."""
        return self._born.get(storage._cdata)

    def settle_on(self, tensor: torch.Tensor, *, host: bool) -> None:
        """Note that a tensor's memory stays on the host, or follows the parameters to their device."""
        for storage in memory(tensor):
            self._watch(storage)
            (self._host.add if host else self._host.discard)(storage._cdata)

    def all_on_host(self, tensors: Sequence[torch.Tensor]) -> bool:
        """Whether these would be on the host even beside parameters on an accelerator; False for none."""
        if not self._host or not tensors:
            return False
        return all(storage._cdata in self._host for tensor in tensors for storage in memory(tensor))

    def _hold(self, tensor: torch.Tensor, holder: Holder) -> None:
        for storage in memory(tensor):
            self._watch(storage)
            self._held[storage._cdata] = holder

    def _watch(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key not in self._alive:
            self._alive[key] = weakref.ref(storage, self._forget(key))

    def _forget(self, key: int) -> Callable[[object], None]:
        def freed(_: object) -> None:
            self._alive.pop(key, None)
            self._held.pop(key, None)
            self._born.pop(key, None)
            self._host.discard(key)

        return freed


_ORDINARY = (torch.Tensor, torch.nn.Parameter)


def memory(tensor: torch.Tensor) -> Sequence[torch.UntypedStorage]:
    """The storages behind a tensor: for an ordinary one without looking further."""
    if type(tensor) in _ORDINARY and tensor.layout is torch.strided:
        return (tensor.untyped_storage(),)
    return tuple(storages(tensor))
