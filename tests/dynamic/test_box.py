"""The box keeps its word: as root and as somebody else, and where the system grants only a part of it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import site
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from optreview.evidence.dynamic import template
from optreview.evidence.dynamic.box import landlock, seccomp
from optreview.evidence.dynamic.client import Job, Limits, Runner
from optreview.evidence.dynamic.phases import in_forks, in_process
from optreview.evidence.dynamic.wire import Announce
from optreview.records import DynamicEvidence, Failure
from tests.dynamic.conftest import SPECIMENS, lone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MARK = "OPTREVIEW_TEST_SECRET"
REACH, CALLS = "files of others out of reach", "no other programs, sockets, mounts or tracing"


def _granted() -> bool:
    """Whether this kernel has what keeps files and system calls out of reach."""
    try:
        landlock._version()
        seccomp._machine()
    except OSError:
        return False
    return True


linux = pytest.mark.skipif(
    not _granted(), reason="no Landlock here, or a processor whose calls are not known"
)


def pry(home: Path, project: Path, *attempts: str) -> Path:
    """A home folder with secrets, and the specimen that tries to get at them in a project."""
    for path in (home / ".ssh" / "id_ed25519", home / "notes.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret")
    project.mkdir(parents=True, exist_ok=True)
    told = {"home": str(home), "caller": os.getpid(), "mark": MARK, "attempts": attempts}
    (project / "prying.json").write_text(json.dumps(told))
    return Path(shutil.copy(SPECIMENS / "prying.py", project / "prying.py"))


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mode) for path in files}


def run(runner: Runner, path: Path) -> DynamicEvidence | Failure:
    """One run and no more."""
    return runner.measure(Job(target=lone(path, "Hostile"), only_traces=True, probes=()))


@pytest.fixture(scope="module")
def resident(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runner, Path]]:
    """Somebody with a home folder, and a secret in the environment."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv(MARK, "secret")
        with Runner(device="cpu") as runner:
            yield runner, home


@linux
def test_nothing_but_the_target_is_within_reach(resident: tuple[Runner, Path]) -> None:
    runner, home = resident
    path = pry(home, home / "project")
    before = contents(home)
    result = run(runner, path)
    assert contents(home) == before
    assert not Path("/tmp/optreview-was-here").exists()
    assert isinstance(result, DynamicEvidence), result.message
    assert {REACH, CALLS} <= set(result.box.active)


def test_without_the_box_all_of_it_is_within_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, "secret")
    attempts = ("read a secret", "read another file", "see the mark", "create a file", "open a socket")
    path = pry(tmp_path, tmp_path / "project", *attempts)
    with Runner(device="cpu", limits=Limits(sandboxed=False)) as runner:
        result = run(runner, path)
    assert isinstance(result, DynamicEvidence), result.message
    assert result.box.switched_off
    assert (tmp_path / "project" / "created").exists()


@linux
def test_of_a_target_in_the_home_folder_only_what_python_imports(resident: tuple[Runner, Path]) -> None:
    runner, home = resident
    (home / "secret.txt").write_text("secret")
    (home / "helper.py").write_text("import torch")
    path = home / "at_home.py"
    path.write_text(
        "import os\n"
        "from helper import torch\n"
        f"assert os.path.exists({str(home / 'secret.txt')!r})\n"
        "try:\n"
        f"    open({str(home / 'secret.txt')!r})\n"
        "except PermissionError:\n"
        "    class Hostile(torch.optim.SGD): pass\n"
    )
    result = run(runner, path)
    assert isinstance(result, DynamicEvidence), result.message


def test_what_is_denied_is_named_with_what_would_allow_it(runner: Runner, tmp_path: Path) -> None:
    path = tmp_path / "writes.py"
    path.write_text(f"open({str(tmp_path / 'x')!r}, 'w')")
    result = runner.measure(Job(target=lone(path, "Hostile")))
    assert "PermissionError" in result.message  # type: ignore[union-attr]
    assert "--no-sandbox" in result.message  # type: ignore[union-attr]


def test_packages_of_the_user_are_found(
    tmp_path: Path, resident: tuple[Runner, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that ``pip install --user`` puts into the home folder, and one that is installed to be edited."""
    _, home = resident
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    monkeypatch.setenv("PYTHONUSERBASE", str(home / "base"))
    monkeypatch.setattr(site, "USER_BASE", str(home / "base"))
    assert template._environment(tmp_path, sandboxed=True)["PYTHONUSERBASE"] == str(home / "base")
    packages, edited = home / "packages", home / "work" / "edited"
    edited.mkdir(parents=True)
    (edited / "edited_package.py").write_text("import torch\nclass Hostile(torch.optim.SGD): pass\n")
    (packages / "edited-1.dist-info").mkdir(parents=True)
    told = {"url": edited.as_uri(), "dir_info": {"editable": True}}
    (packages / "edited-1.dist-info" / "direct_url.json").write_text(json.dumps(told))
    (packages / "finder.py").write_text(f"import sys\nsys.path.append({str(edited)!r})")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(packages), os.environ.get("PYTHONPATH", "")]))
    path = home / "project" / "uses.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text("import finder\nfrom edited_package import *\nclass Hostile(Hostile): pass\n")
    with Runner(device="cpu") as runner:
        result = run(runner, path)
    assert isinstance(result, DynamicEvidence), result.message


def test_an_unknown_processor_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(OSError, match=r"not on .* riscv64"):
        seccomp.deny_processes()


# ---- phases


def _says(words: str, seconds: float = 0.0) -> Callable[[], Announce]:
    def work() -> Announce:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            pass
        return Announce(phase=words)

    return work


@pytest.mark.parametrize("how", [in_forks, in_process])
def test_a_phase_that_takes_too_long_is_ended_and_the_others_run(how: Callable[..., object]) -> None:
    began = time.monotonic()
    outcomes = list(how([_says("one"), _says("two", 600), _says("three")], seconds=1.0))  # type: ignore[call-overload]
    assert time.monotonic() - began < 30
    assert [outcome.late for outcome in outcomes] == [False, True, False]
    assert [outcome.message for outcome in outcomes] == [Announce(phase="one"), None, Announce(phase="three")]


def test_a_phase_that_takes_long_keeps_no_later_one_from_beginning(tmp_path: Path) -> None:
    """The first waits for what the last does; two run at a time."""
    sign = tmp_path / "sign"

    def waits() -> Announce:
        while not sign.exists():
            pass
        return Announce(phase="seen")

    def signs() -> Announce:
        sign.touch()
        return Announce(phase="done")

    outcomes = list(in_forks([waits, _says("between"), signs], seconds=30.0))
    assert [outcome.message for outcome in outcomes] == [
        Announce(phase=words) for words in ("seen", "between", "done")
    ]


# ---- where something is refused

WITHOUT = """
import errno, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from optreview.evidence.dynamic.box import privileges, seccomp
from optreview.evidence.dynamic import template
from optreview.evidence.dynamic.box import landlock, seccomp
from optreview.evidence.dynamic.client import Job, Runner
from tests.dynamic.conftest import lone
calls = {calls!r}
privileges.refuse_new()
machine = seccomp._machine()
denied = seccomp._denied(seccomp._column(machine), calls, errno.ENOSYS)
seccomp._install([*seccomp._prologue(machine), *denied, (6, 0, 0, 0x7FFF0000)])
with Runner(device="cpu") as runner:
    job = Job(target=lone(Path({path!r}), "Hostile"), only_traces=True, probes=())
    result = runner.measure(job)
print(getattr(result, "message", None) or "\\n".join(["measured", *result.box.inactive]))
"""


@linux
@pytest.mark.parametrize(
    ("calls", "missing"),
    [
        (((444, 444),), {REACH, "no TCP connections", "no signals to other processes"}),
        (
            ((272, 97), (165, 40)),
            {"network unreachable", "own process namespace", "other processes out of sight"},
        ),
    ],
)
def test_what_the_system_refuses_is_told(
    tmp_path: Path, calls: tuple[tuple[int, int], ...], missing: set[str]
) -> None:
    path = tmp_path / "plain.py"
    path.write_text("import torch\nclass Hostile(torch.optim.SGD): pass")
    script = WITHOUT.format(root=str(Path(__file__).parents[2]), calls=calls, path=str(path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    first, *inactive = done.stdout.splitlines()
    assert first == "measured"
    assert missing <= {phrase.partition(": ")[0] for phrase in inactive}
    assert all(phrase.partition(": ")[2] for phrase in inactive)
