"""A pool of workers: every order is answered, or it is said what ended the worker, and none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import psutil
import pytest

from optreview.evidence.static.workers.pool import Pool
from tests.static.processes import ROOT, apart, children

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all is read in one process")


def answering(order: bytes) -> bytes:
    """A worker for the pool: some orders end it, one makes it wait."""
    word, _, rest = order.decode().partition(" ")
    if word == "die":
        os.kill(os.getpid(), getattr(signal, rest))
    if word == "leave":
        os._exit(3)
    if word == "wait":
        time.sleep(600)
    return (rest * 100_000).encode() if word == "long" else f"{os.getpid()} {rest}".encode()


def every_order_is_answered() -> None:
    pool: Pool[int] = Pool(3, answering)
    for number in range(60):
        pool.put(number, f"say {number}".encode(), number % 2 if number < 30 else None)
    done = [pool.take(number) for number in reversed(range(60))]
    assert [each.answer.split()[1] for each in done if each.answer] == [
        str(n).encode() for n in reversed(range(60))
    ]
    assert len({each.answer.split()[0] for each in done if each.answer}) == len(children()) == 3
    assert pool.take(7).answer is None, "what was taken is gone, and nobody waits for it"
    pool.put(0, b"long ab")
    assert pool.take(0).answer == b"ab" * 100_000
    pool.put(0, b"wait")
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < 5
    assert children() == []


def a_lost_worker_costs_one_order() -> None:
    pool: Pool[int] = Pool(2, answering)
    orders = ["die SIGSEGV" if number == 5 else f"say {number}" for number in range(20)]
    for number, order in enumerate(orders):
        pool.put(number, order.encode(), 0)
    done = [pool.take(number) for number in range(20)]
    assert [number for number, each in enumerate(done) if each.answer is None] == [5]
    assert done[5].ended == "was ended by SIGSEGV"
    pool.put(20, b"die SIGKILL")
    assert pool.take(20).ended == "was ended by SIGKILL, perhaps for lack of memory"
    pool.put(21, b"say nobody is left")
    assert (pool.take(21).answer, pool.take(21).ended) == (None, None)
    assert children() == []
    pool.close()


def the_last_workers_end_together() -> None:
    pool: Pool[int] = Pool(2, answering)
    for number in range(6):
        pool.put(number, b"leave")
    assert Counter(pool.take(number).ended for number in range(6)) == {"ended with 3": 2, None: 4}
    pool.close()


@pytest.mark.parametrize(
    "check", [every_order_is_answered, a_lost_worker_costs_one_order, the_last_workers_end_together]
)
def test_a_pool(check: Callable[[], None]) -> None:
    apart(check)


def parent_that_waits() -> None:
    pool: Pool[int] = Pool(3, answering)
    for number in range(3):
        pool.put(number, b"wait")
    pool._move(0)
    sys.stdout.write(" ".join(str(each.pid) for each in children()) + "\n")
    sys.stdout.flush()
    pool.take(0)


def test_workers_end_with_a_parent_that_is_killed() -> None:
    code = f"from {__name__} import parent_that_waits; parent_that_waits()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        numbers = [int(word) for word in parent.stdout.readline().split()]
        assert len(numbers) == 3
        assert all(psutil.pid_exists(number) for number in numbers)
        parent.kill()
    until = time.monotonic() + 5
    while any(alive(number) for number in numbers) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(alive(number) for number in numbers)


def alive(number: int) -> bool:
    try:
        return bool(psutil.Process(number).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
