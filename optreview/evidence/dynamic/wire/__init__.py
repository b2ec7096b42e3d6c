"""Messages between the caller, the template process and a boxed child, and how they are framed.

A frame is a four-byte big-endian length and that many bytes of JSON. Nothing is ever unpickled, so the worst
that a hostile sender can do is to say something untrue.
"""

from __future__ import annotations

import msgspec

from optreview.evidence.dynamic.wire.frames import (
    LARGEST_FRAME,
    LARGEST_REQUEST,
    Frames,
    GarbledError,
    frame,
)
from optreview.evidence.dynamic.wire.notices import (
    Ended,
    Excess,
    Exited,
    Notice,
    Ready,
)
from optreview.evidence.dynamic.wire.replies import (
    IMPORTING,
    Announce,
    Behaved,
    Checked,
    Combined,
    Described,
    Driven,
    DtypeRan,
    Entry,
    Enumerated,
    Extracted,
    Finished,
    Followed,
    Grown,
    Grows,
    NotScaled,
    OptionRan,
    Probed,
    Problem,
    Ran,
    Reply,
    Scaled,
    Stepped,
    Timed,
    Traced,
    Trail,
    Trouble,
)
from optreview.evidence.dynamic.wire.requests import (
    Compare,
    Describe,
    Device,
    End,
    Enumerate,
    Follow,
    Job,
    Limits,
    Measure,
    Reference,
    Request,
    ScaleReference,
    Setup,
    Time,
    Work,
)

read_request = msgspec.json.Decoder(Request)
read_notice = msgspec.json.Decoder(Notice)
read_reply = msgspec.json.Decoder(Reply)
read_phase = msgspec.json.Decoder(Reply | Trouble)

__all__ = [
    "IMPORTING",
    "LARGEST_FRAME",
    "LARGEST_REQUEST",
    "Announce",
    "Behaved",
    "Checked",
    "Combined",
    "Compare",
    "Describe",
    "Described",
    "Device",
    "Driven",
    "DtypeRan",
    "End",
    "Ended",
    "Entry",
    "Enumerate",
    "Enumerated",
    "Excess",
    "Exited",
    "Extracted",
    "Finished",
    "Follow",
    "Followed",
    "Frames",
    "GarbledError",
    "Grown",
    "Grows",
    "Job",
    "Limits",
    "Measure",
    "NotScaled",
    "Notice",
    "OptionRan",
    "Probed",
    "Problem",
    "Ran",
    "Ready",
    "Reference",
    "Reply",
    "Request",
    "ScaleReference",
    "Scaled",
    "Setup",
    "Stepped",
    "Time",
    "Timed",
    "Traced",
    "Trail",
    "Trouble",
    "Work",
    "frame",
    "read_notice",
    "read_phase",
    "read_reply",
    "read_request",
]
