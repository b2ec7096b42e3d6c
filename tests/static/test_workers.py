"""Several processes find and read what one does; whatever becomes of them, that is said, and none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import psutil
import pytest

from optreview.errors import InputError
from optreview.evidence import static
from optreview.evidence.static.look import look
from optreview.evidence.static.workers import Reader, readers
from optreview.evidence.static.workers.pool import Pool
from optreview.records import StaticEvidence
from optreview.targets import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optreview.evidence.static import Candidate, Discovery
    from optreview.evidence.static.look import Looked
    from optreview.evidence.static.source.library import Library
    from optreview.records import Target

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all is read in one process")

ROOT = Path(__file__).parents[2]
SOURCE = """\
import torch


class {name}(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.add_(p.grad, alpha=-group["lr"])
"""


def apart(function: Callable[[], None], here: Path = ROOT) -> None:
    """Run a function of this file in a process that has one thread, as the command line has."""
    code = f"from {function.__module__} import {function.__name__} as each; each()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
    )
    assert done.returncode == 0, done.stderr


def children() -> list[psutil.Process]:
    return list(psutil.Process().children(recursive=True))


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


def told(discovery: Discovery, read: Callable[[Candidate], StaticEvidence]) -> bytes:
    """Everything that a run gives, as bytes."""
    found = [(each.target, each.location, read(each)) for each in discovery.found]
    return msgspec.json.encode((found, discovery.skipped, discovery.broken))


def a_package_is_read_alike() -> None:
    readers._SHARE = 10_000
    targets = [*resolve("torch_optimizer"), *resolve("torch.optim:SGD"), *resolve("torch_optimizer.adamp")]
    one = told(static.survey(targets), static.read)
    for jobs in (2, 5):
        with static.reader(targets, static.read, StaticEvidence, jobs=jobs) as reader:
            assert len(children()) == jobs
            assert told(reader.survey(), reader.read) == one
        with static.reader(targets, static.read, StaticEvidence, jobs=jobs) as reader:
            found = reader.discover().found
            assert [each.target for each in found] == [each.target for each in static.discover(targets).found]
        assert children() == []


def test_a_package_is_read_alike_by_any_number_of_workers() -> None:
    apart(a_package_is_read_alike)


def sources(folder: Path) -> list[Target]:
    """Files with and without optimizers, broken ones, and two targets for the same class."""
    texts = {f"plain{number}.py": SOURCE.format(name=f"Plain{number}") for number in range(6)}
    texts["broken.py"] = "class A(torch.optim.Optimizer:\n"
    texts["abstract.py"] = SOURCE.format(name="Base").partition("    def step")[0]
    texts["other.py"] = "class A(B):\n    pass\n"
    texts["derived.py"] = "from plain3 import Plain3\nclass Derived(Plain3):\n    pass\n"
    for name, text in texts.items():
        (folder / name).write_text(text)
    named = [f"{folder}/plain4.py:Plain4", f"{folder}/derived.py:Plain3", f"{folder}/plain2.py"]
    return [target for spec in (str(folder), *named) for target in resolve(spec)]


@contextmanager
def crew(
    *targets: Target, ask: Callable[[Candidate], StaticEvidence] = static.read
) -> Iterator[tuple[list[Target], Reader[StaticEvidence]]]:
    """A reader with three workers over the sources in this folder, or over other targets in it."""
    readers._SHARE = 100
    chosen = list(targets) or sources(Path.cwd())
    with static.reader(chosen, ask, StaticEvidence, jobs=3) as reader:
        assert len(children()) == min(3, len(chosen))
        yield chosen, reader
    assert children() == []


def broken_and_abstract_files() -> None:
    with crew() as (targets, reader):
        one = static.survey(targets)
        assert told(reader.survey(), reader.read) == told(one, static.read)
        assert (len(one.found), len(one.skipped), len(one.broken)) == (7, 2, 1)


def an_unknown_class() -> None:
    sources(Path.cwd())
    with crew(*resolve("./plain1.py:Plane1"), *resolve("./plain1.py:Plain1")) as (targets, reader):
        with pytest.raises(InputError) as one:
            static.discover(targets)
        with pytest.raises(InputError) as several:
            reader.discover()
    assert str(one.value) == str(several.value)
    assert "Did you mean `Plain1`?" in str(one.value)


def a_class_that_ends_its_reader() -> None:
    def ask(candidate: Candidate) -> StaticEvidence:
        if candidate.target.class_name == "Plain2":
            os.kill(os.getpid(), signal.SIGKILL)
        return static.read(candidate)

    with crew(ask=ask) as (_, reader):
        said = {each.target.class_name: answer(reader, each) for each in reader.survey().found}
        assert len(children()) == 2
    ended = "the process that was reading `Plain2` was ended by SIGKILL, perhaps for lack of memory."
    assert said.pop("Plain2") == f"plain2.py: {ended}"
    assert len(said) == 6
    assert all(isinstance(each, StaticEvidence) for each in said.values())


def answer(reader: Reader[StaticEvidence], candidate: Candidate) -> StaticEvidence | str:
    try:
        return reader.read(candidate)
    except InputError as error:
        return str(error)


def a_file_that_ends_its_reader() -> None:
    def dying(target: Target, library: Library, *, alone: bool, every: bool) -> Looked:
        if target.path.endswith("plain2.py"):
            os.kill(os.getpid(), signal.SIGSEGV)
        return look(target, library, alone=alone, every=every)

    with mock.patch("optreview.evidence.static.workers.crew.look", dying), crew() as (_, reader):
        discovery = reader.survey()
    what = {Path(each.target.path).name: each.what for each in discovery.broken}
    assert what["plain2.py"] == "The process that was reading it was ended by SIGSEGV."
    names = {each.target.class_name for each in discovery.found}
    # It is named twice, so two of the three workers are gone.
    assert names == {"Plain0", "Plain1", "Plain3", "Plain4", "Plain5", "Derived"}


def a_fault_of_ours() -> None:
    def ask(candidate: Candidate) -> StaticEvidence:
        raise ZeroDivisionError(candidate.target.class_name)

    with crew(ask=ask) as (_, reader):
        for candidate in reader.survey().found:
            with pytest.raises(ZeroDivisionError, match=str(candidate.target.class_name)):
                reader.read(candidate)


def another_thread() -> None:
    targets = sources(Path.cwd())
    readers._SHARE = 100
    stop = threading.Event()
    threading.Thread(target=stop.wait).start()
    with static.reader(targets, static.read, StaticEvidence, jobs=3) as reader:
        assert (type(reader), children()) == (Reader, [])
    stop.set()


def little_source() -> None:
    with static.reader(sources(Path.cwd()), static.read, StaticEvidence, jobs=3) as reader:
        assert (type(reader), children()) == (Reader, [])
        assert len(reader.discover().found) == 7
    assert "optreview.evidence.static.workers.crew" not in sys.modules


@pytest.mark.parametrize(
    "check",
    [
        broken_and_abstract_files,
        an_unknown_class,
        a_class_that_ends_its_reader,
        a_file_that_ends_its_reader,
        a_fault_of_ours,
        another_thread,
        little_source,
    ],
)
def test_a_reader_over(check: Callable[[], None], tmp_path: Path) -> None:
    apart(check, tmp_path)
