"""What waits in one queue: whoever hears of an outcome may add more, also in front, also at the very end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from optreview.evidence.dynamic.agenda import Agenda, Errand
from optreview.evidence.dynamic.phases import in_forks, in_process
from optreview.evidence.dynamic.wire import Announce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from optreview.evidence.dynamic.phases import Outcome, Work


def _errand(name: str, take: Callable[[Outcome], None]) -> Errand:
    return Errand(f"doing {name}", lambda: Announce(phase=name), take)


@pytest.mark.parametrize("how", [in_process, in_forks])
def test_every_outcome_goes_to_who_asked_and_may_lead_to_more(
    how: Callable[[Iterable[Work]], Iterator[Outcome]],
) -> None:
    said: list[object] = []
    heard: list[tuple[str, object]] = []
    agenda = Agenda(said.append)
    further = {"b": ("first", True), "d": ("last", False), "last": ("after the last", False)}

    def take(name: str, outcome: Outcome) -> None:
        heard.append((name, outcome.message))
        if name in further:
            more, first = further[name]
            agenda.add([_errand(more, partial(take, more))], first=first)

    agenda.add(_errand(name, partial(take, name)) for name in "abcd")
    agenda.run(how(agenda))
    assert heard == [(name, Announce(phase=name)) for name, _ in heard]
    names = [name for name, _ in heard]
    assert sorted(names) == sorted([*"abcd", "first", "last", "after the last"])
    assert names.index("first") < names.index("last")
    assert names[-2:] == ["last", "after the last"]
    if how is in_process:  # nothing had begun besides what it came to
        assert names == ["a", "b", "first", "c", "d", "last", "after the last"]
    assert said == [Announce(phase=f"doing {name}") for name in names]


def test_an_agenda_without_errands_ends_at_once() -> None:
    said: list[object] = []
    agenda = Agenda(said.append)
    agenda.run(in_forks(agenda))
    assert not said
