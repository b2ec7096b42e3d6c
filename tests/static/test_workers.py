"""Several processes find and read what one does; whatever becomes of them, that is said, and none is left."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import msgspec
import pytest

from optreview.errors import InputError
from optreview.evidence import static
from optreview.evidence.static.look import look
from optreview.evidence.static.workers import Reader, readers
from optreview.records import StaticEvidence
from optreview.targets import resolve
from tests.static.processes import apart, children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from optreview.evidence.static import Candidate, Discovery
    from optreview.evidence.static.look import Looked
    from optreview.evidence.static.source.library import Library
    from optreview.records import Target

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all is read in one process")

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
