"""Messages survive being cut anywhere; what is too large or cannot be shown is refused."""

from __future__ import annotations

import struct

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optreview.evidence.dynamic.wire import (
    Announce,
    Finished,
    Frames,
    GarbledError,
    Ran,
    Reply,
    frame,
    read_reply,
)
from tests.dynamic.test_claims import RUN


@settings(deadline=None)  # a loaded machine takes longer
@given(st.lists(st.sampled_from([Finished(), Ran(run=RUN), Announce(phase="importing")])), st.data())
def test_frames_survive_any_cutting(messages: list[Reply], data: st.DataObject) -> None:
    stream = b"".join(frame(message) for message in messages)
    frames, received = Frames(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        received += [read_reply.decode(payload) for payload in frames.feed(stream[:cut])]
        stream = stream[cut:]
    assert received == messages


def test_a_frame_larger_than_a_mebibyte_is_refused() -> None:
    with pytest.raises(GarbledError):
        list(Frames().feed(struct.pack(">I", (1 << 20) + 1)))


@pytest.mark.parametrize("phase", ["", "a\nb", "x" * 121, "\x1b[0m"])
def test_phases_that_cannot_be_shown_are_refused(phase: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_reply.decode(msgspec.json.encode({"type": "Announce", "phase": phase}))
