"""The reader that has workers: any of them looks at a file, and who knows the file reads its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optreview.errors import InputError
from optreview.evidence.static.discover import Candidate, discover, survey
from optreview.evidence.static.look import Looked, Sighting, look, relative, unreadable
from optreview.evidence.static.rules import everything
from optreview.evidence.static.source.library import Library
from optreview.evidence.static.source.parsing import UnreadableError
from optreview.evidence.static.workers.pool import Pool
from optreview.evidence.static.workers.readers import Reader, T
from optreview.garbage import uncollected
from optreview.records.common import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from optreview.evidence.static.discover import Discovery
    from optreview.records import Target

#: The number of a target, or path and name of a class.
_Key = int | tuple[str, str]


class _Look(Record, frozen=True, kw_only=True, tag=True):
    number: int


class _Read(Record, frozen=True, kw_only=True, tag=True):
    sighting: Sighting


class _Answer(Record, frozen=True, kw_only=True):
    """Neither a body nor a refusal when optreview itself failed: then the parent fails in the same way."""

    body: bytes | None = None
    refused: str | None = None


_encode = msgspec.msgpack.Encoder().encode
_order = msgspec.msgpack.Decoder(_Look | _Read)
_answer = msgspec.msgpack.Decoder(_Answer)
_looked = msgspec.msgpack.Decoder(Looked)


class Crew(Reader[T]):
    """Finds and reads in worker processes. What they could not answer is done here, as without them."""

    def __init__(  # noqa: PLR0913 - what to read, by whom, and what is known of it
        self,
        targets: Sequence[Target],
        ask: Callable[[Candidate], T],
        kind: type[T],
        count: int,
        *,
        known: Mapping[int, Looked] | None,
        ahead: bool,
    ) -> None:
        super().__init__(targets, ask, known)
        self._ahead = ahead
        everything()  # what all workers import is imported once
        self._body = msgspec.msgpack.Decoder(kind)
        self._library = Library(share=count)
        self._owners: dict[_Key, int | None] = {}
        self._pool: Pool[_Key] = Pool(count, self._work)

    def close(self) -> None:
        """End the workers."""
        self._pool.close()

    def discover(self) -> Discovery:
        """As ``discover`` of the targets, in workers."""
        return self._taken(discover(self.targets, self._looks))

    def survey(self) -> Discovery:
        """As ``survey`` of the targets, in workers."""
        return self._taken(survey(self.targets, self._looks))

    def read(self, candidate: Candidate) -> T:
        """What a worker has to say of a class.

        Raises:
            InputError: The class cannot be read, or the worker ended in the middle of it.
        """
        if not self._ahead:
            self._order(candidate)
        done = self._pool.take(_key(candidate.target))
        if done.ended is not None:
            name = candidate.target.class_name
            raise InputError(
                f"{candidate.location.file}: the process that was reading `{name}` {done.ended}."
            )
        answer = _answer.decode(done.answer) if done.answer is not None else _Answer()
        if answer.refused is not None:
            raise InputError(answer.refused)
        return self.ask(candidate) if answer.body is None else self._body.decode(answer.body)

    def _looks(self) -> Iterator[Looked]:
        for number in range(len(self.targets)):
            if number not in self.known:
                self._pool.put(number, _encode(_Look(number=number)))
        for number, target in enumerate(self.targets):
            if number in self.known:
                yield self.known[number]
                continue
            done = self._pool.take(number)
            if done.ended is not None:
                yield unreadable(target, _lost(target, done.ended))
                continue
            answer = _answer.decode(done.answer) if done.answer is not None else _Answer()
            looked = self._look(number) if answer.body is None else _looked.decode(answer.body)
            self._owners.update({_key(each.target): done.worker for each in looked.found})
            self.seen[number] = looked
            yield looked

    def _taken(self, discovery: Discovery) -> Discovery:
        if self._ahead:
            for each in discovery.found:
                self._order(each)
        return discovery

    def _order(self, candidate: Candidate) -> None:
        """Have a class read by the worker that has parsed its file, as long as it has the time."""
        key = _key(candidate.target)
        order = _Read(sighting=Sighting(target=candidate.target, location=candidate.location))
        self._pool.put(key, _encode(order), self._owners.get(key))

    def _work(self, frame: bytes) -> bytes:
        """A worker's answer to an order."""
        try:
            return _encode(_Answer(body=_encode(self._done(_order.decode(frame)))))
        except InputError as refusal:
            return _encode(_Answer(refused=str(refusal)))
        except BaseException:  # noqa: BLE001 - the parent meets it again, and then it is told
            return _encode(_Answer())

    def _done(self, order: _Look | _Read) -> Record:
        if isinstance(order, _Look):
            return self._look(order.number)
        return self.ask(Candidate(order.sighting.target, order.sighting.location, self._library))

    def _look(self, number: int) -> Looked:
        with uncollected(lasting=True):
            return look(self.targets[number], self._library, alone=False, every=False)


def _lost(target: Target, ended: str) -> UnreadableError:
    what = f"the process that was reading it {ended}."
    return UnreadableError(f"{relative(target)}: {what}", what=what[0].upper() + what[1:])


def _key(target: Target) -> _Key:
    return target.path, target.class_name or ""
