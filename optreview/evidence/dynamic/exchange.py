"""One request and everything that comes back for it, within the time limit.

Until the class has been driven there is nothing to go on to; then every measurement is limited for itself, by
the child, and here all of them together.
"""

from __future__ import annotations

import os
import select
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from optreview.evidence.dynamic.template import TemplateLostError
from optreview.evidence.dynamic.wire import (
    Announce,
    Driven,
    Exited,
    Finished,
    Frames,
    GarbledError,
    Train,
    read_reply,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from optreview.evidence.dynamic.template import TemplateProcess
    from optreview.evidence.dynamic.wire import Limits, Reply, Work

#: More messages than any honest job sends.
_MOST_MESSAGES = 2000
_CHUNK = 1 << 16
#: Longest wait between two looks at both ends, in seconds.
_PATIENCE = 1.0

Ending = Literal["finished", "timeout", "exited", "garbled", "processes", "memory", "lost"]


@dataclass
class Transcript:
    """What a child said, and how it ended.

    Attributes:
        phase: The last phase that was announced.
        seconds: What it was allowed to take.
        status: The exit status, or a negative signal number, when ``ending`` is ``exited``.
        template_lost: The template process has to be started anew.
    """

    replies: list[Reply] = field(default_factory=list)
    ending: Ending = "finished"
    phase: str = "starting"
    seconds: float = 0.0
    status: int = 0
    template_lost: bool = False


def exchange(
    template: TemplateProcess,
    request: Work,
    limits: Limits,
    on_phase: Callable[[str], None] | None,
) -> Transcript:
    """Send the request, collect the replies until the child is done or out of time, and have it ended.

    Raises:
        TemplateLostError: The template did not even take the request.
    """
    conversation = _Conversation(template, on_phase, driven=isinstance(request, Train) and not request.job)
    reading = template.start(request)
    try:
        conversation.run(reading, limits)
    except TemplateLostError:
        conversation.end("lost")
    finally:
        os.close(reading)
    try:
        template.end_child()
    except TemplateLostError:
        conversation.transcript.template_lost = True
    return conversation.transcript


class _Conversation:
    def __init__(
        self, template: TemplateProcess, on_phase: Callable[[str], None] | None, *, driven: bool
    ) -> None:
        self.transcript = Transcript()
        self._template = template
        self._on_phase = on_phase
        self._frames = Frames()
        self._done, self._driven = False, driven

    def run(self, reading: int, limits: Limits) -> None:
        began = time.monotonic()
        pipe_open = True
        while not self._done:
            self.transcript.seconds = limits.total_seconds if self._driven else limits.wall_seconds
            left = began + self.transcript.seconds - time.monotonic()
            if left <= 0:
                return self.end("timeout")
            waiting: list[socket.socket | int] = [self._template.control, *([reading] if pipe_open else [])]
            ready, _, _ = select.select(waiting, [], [], min(left, _PATIENCE))
            if reading in ready:
                pipe_open = self._read(reading)
            if not self._done and self._template.control in ready:
                self._template.read_notices()
                self._hear(reading)
        return None

    def end(self, ending: Ending, status: int = 0) -> None:
        if not self._done:
            self._done = True
            self.transcript.ending = ending
            self.transcript.status = status

    def _read(self, reading: int) -> bool:
        """Take in what has arrived; False when the pipe is closed."""
        try:
            data = os.read(reading, _CHUNK)
        except BlockingIOError:
            return True
        try:
            for payload in self._frames.feed(data):
                self._take(read_reply.decode(payload))
        except (GarbledError, msgspec.DecodeError, UnicodeDecodeError):
            self.end("garbled")
        return bool(data)

    def _take(self, reply: Reply) -> None:
        if self._done:
            return
        if isinstance(reply, Finished):
            self.end("finished")
        elif isinstance(reply, Announce):
            self.transcript.phase = reply.phase
            if self._on_phase is not None:
                self._on_phase(reply.phase)
        else:
            self._driven |= isinstance(reply, Driven)
            self.transcript.replies.append(reply)
        if len(self.transcript.replies) > _MOST_MESSAGES:
            self.end("garbled")

    def _hear(self, reading: int) -> None:
        """The child has ended: take in the rest of what it said, then note how it ended."""
        notice = self._template.pending()
        if not isinstance(notice, Exited):
            return
        while not self._done and select.select([reading], [], [], 0)[0] and self._read(reading):
            pass
        self.end(notice.excess or "exited", notice.status)
