"""What a traced run has seen, each thing once for each place."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Literal

from optreview.evidence.dynamic.trace.places import driver
from optreview.records import Observation

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

    from optreview.evidence.dynamic.trace.holders import Holder, Holders
    from optreview.evidence.dynamic.trace.places import Place, Places

Kind = Literal["in-place", "host-read", "allocation"]
#: Operations looked at in one place: 12 steps on five parameters come by 60 times.
VISITS = 100
#: Times that the state is looked through for what one place writes into: once for each of five parameters.
LOOKS = 6
#: Observations that a record holds; the busiest optimizer of the corpora makes about a fifth as many.
MOST = 1000


class Notes:
    """Collects observations; what an optimizer inside the subject does is that one's, and is left out.

    Attributes:
        subject: The optimizer that is traced; unknown while its constructor runs.
        operations: How many operations the package's lines have caused.
    """

    def __init__(self, places: Places, holders: Holders, parameters: Iterable[torch.Tensor]) -> None:
        self.subject: object | None = None
        self._places, self._holders = places, holders
        self._sizes = {parameter.numel() for parameter in parameters} - {1}
        self._visits: Counter[object] = Counter()
        self._seen: set[object] = set()
        self._looks: Counter[object] = Counter()
        self._observations: set[Observation] = set()
        self.operations = 0

    def asks(self, place: Place) -> bool:
        """Whether this place has not been looked at often enough yet."""
        self.operations += 1
        self._visits[place.key] += 1
        return self._visits[place.key] <= VISITS

    def wrote(self, place: Place, storage: torch.UntypedStorage) -> None:
        """A tensor was written into."""
        if self._own():
            holder = self._holders.of(storage)
            if holder is None:
                self._looks[place.key] += 1
                if self._looks[place.key] > LOOKS:
                    return
                self._holders.look()
                holder = self._holders.held(storage)
            if self._fresh(place, holder):
                self._add("in-place", place, holder)

    def read(self, place: Place) -> None:
        """A tensor's values, or a shape that depends on them, were handed to Python."""
        if self._fresh(place, "host-read") and self._own():
            self._add("host-read", place)

    def made(self, place: Place, tensor: torch.Tensor) -> None:
        """A tensor was made in new memory."""
        if tensor.numel() in self._sizes and self._fresh(place, "allocation") and self._own():
            self._add("allocation", place)

    @property
    def complete(self) -> bool:
        """Whether everything seen is among the observations."""
        return len(self._observations) <= MOST

    def observations(self) -> tuple[Observation, ...]:
        """What was seen, in the order of the source."""
        ordered = sorted(
            self._observations,
            key=lambda o: (o.location, o.end, o.kind, o.role or "", o.state_key or ""),
        )
        return tuple(ordered[:MOST])

    def _fresh(self, place: Place, what: object) -> bool:
        return (place.key, what) not in self._seen

    def _own(self) -> bool:
        found = driver(sys._getframe(2))
        return found is None or self.subject is None or found is self.subject

    def _add(self, kind: Kind, place: Place, holder: Holder | None = None) -> None:
        self._seen.add((place.key, holder or kind))
        span = self._places.span(place)
        if span is not None and len(self._observations) <= MOST:
            self._observations.add(
                Observation(
                    kind=kind,
                    location=span[0],
                    end=span[1],
                    role=holder.role if holder else None,
                    state_key=holder.key if holder else None,
                )
            )
