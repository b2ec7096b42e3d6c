"""A time limit inside another one: each is kept, and what was there before is put back."""

from __future__ import annotations

import signal
import time

import pytest

from optreview.evidence.dynamic.phases import LateError, alarm


def test_the_inner_one_ends_what_it_guards_and_the_outer_one_goes_on() -> None:
    before = signal.getsignal(signal.SIGALRM)
    ended = []
    with pytest.raises(LateError), alarm(1.0):  # noqa: PT012 - the outer limit ends the rest
        try:
            with alarm(0.1):
                time.sleep(5)
        except LateError:
            ended.append("inner")
        time.sleep(5)
    assert ended == ["inner"]
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_no_limit_is_none() -> None:
    with alarm(None):
        time.sleep(0.01)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
