"""The caller's handle on the template process: start it, talk to it, end it. Imports no torch."""

from __future__ import annotations

import os
import select
import shutil
import site
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from optreview.evidence.dynamic.wire import End, Ended, Frames, GarbledError, Ready, frame, read_notice

if TYPE_CHECKING:
    from optreview.evidence.dynamic.wire import Notice, Setup, Work

#: ``-P`` keeps the working folder off sys.path; the package's own folder goes last, for checkouts. The
#: garbage collector waits until torch is imported, which it would slow down. Our own modules that only the
#: template imports are compiled once and not each time, unless the caller wants that.
BOOTSTRAP = (
    "import gc; gc.disable(); import sys; folder = sys.argv.pop(1); "
    "sys.dont_write_bytecode = sys.argv.pop(1) == 'True'; "
    "folder in sys.path or sys.path.append(folder); "
    "from optreview.evidence.dynamic.worker import main; main()"
)
#: What reviewed code may see of the environment: where to find libraries and devices, and the language.
_KEPT = (
    "PATH",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_HOME",
)
#: One thread everywhere (a fork after a parallel operation hangs), reproducible hashes, no __pycache__ beside
#: the user's files, and a CUDA check that leaves CUDA usable after a fork.
_SET = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
}
#: The kernels that every processor of the architecture has: wider ones round differently, and an optimizer
#: that searches along a line then takes other steps, with other memory (torch.optim.LBFGS: 7.0 and 5.0 times
#: the parameters). Time is measured without these settings.
_COMMON_KERNELS = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
}
#: Seconds that torch may take to import on a cold, loaded machine; seconds for the template to end.
_START, _STOP = 180.0, 10.0
_CHUNK = 1 << 16


class TemplateLostError(Exception):
    """The template process has ended, or does not answer."""


class TemplateProcess:
    """Started at once; ``ready`` waits until torch is imported."""

    def __init__(self, setup: Setup) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="optreview-"))
        self.control, theirs = socket.socketpair()
        self._frames = Frames()
        self._notices: list[Notice] = []
        self._ready: Ready | None = None
        try:
            with theirs:
                self._process = _start(setup, theirs.fileno(), self.folder)
        except OSError as error:
            self.control.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise TemplateLostError("Python cannot be started") from error

    @property
    def process_id(self) -> int:
        """The process to look for in the system's list."""
        return self._process.pid

    def ready(self) -> Ready:
        """Wait until the template has imported torch; what it says is remembered.

        Raises:
            TemplateLostError: It ended instead.
        """
        if self._ready is None:
            notice = self.notice(_START)
            if not isinstance(notice, Ready):
                raise TemplateLostError("the template did not start")
            self._ready = notice
        return self._ready

    def start(self, request: Work) -> int:
        """Have a child forked for the request; returns the read end of its reply pipe."""
        reading, writing = os.pipe()
        try:
            socket.send_fds(self.control, [frame(request)], [writing])
        except OSError as error:
            os.close(reading)
            raise TemplateLostError("the template does not listen") from error
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        return reading

    def end_child(self) -> None:
        """Have the child and everything it started killed, and wait until that is done."""
        try:
            self.control.sendall(frame(End()))
        except OSError as error:
            raise TemplateLostError("the template does not listen") from error
        while not isinstance(self.notice(_STOP), Ended):
            pass

    def notice(self, seconds: float) -> Notice:
        """The next thing that the template says.

        Raises:
            TemplateLostError: It said nothing for so long, or nothing that can be read, or ended.
        """
        until = time.monotonic() + seconds
        while not self._notices:
            left = max(0.0, until - time.monotonic())
            if not select.select([self.control], [], [], left)[0]:
                raise TemplateLostError("the template is silent")
            self.read_notices()
        return self._notices.pop(0)

    def read_notices(self) -> None:
        """Read what has arrived without waiting for more."""
        try:
            data = self.control.recv(_CHUNK)
            if not data:
                raise TemplateLostError("the template has ended")
            self._notices += [read_notice.decode(payload) for payload in self._frames.feed(data)]
        except (OSError, GarbledError, msgspec.DecodeError) as error:
            raise TemplateLostError("the template does not make sense") from error

    def pending(self) -> Notice | None:
        """A notice that was read already, if any."""
        return self._notices.pop(0) if self._notices else None

    def dismiss(self) -> None:
        """Let the template end, which takes a while, without waiting for it."""
        self.control.close()

    def close(self) -> None:
        """End the template, which ends its children, and remove its folder."""
        self.dismiss()
        if self._ready is None:  # still importing torch: it has no children, and nothing to put in order
            self._process.kill()
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _start(setup: Setup, control: int, folder: Path) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).parents[3])
    arguments = [root, str(sys.dont_write_bytecode), str(control), msgspec.json.encode(setup).decode()]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
        [sys.executable, "-P", "-c", BOOTSTRAP, *arguments],
        env=_environment(folder, sandboxed=setup.limits.sandboxed, native=setup.native),
        cwd=folder,
        pass_fds=(control,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _environment(folder: Path, *, sandboxed: bool, native: bool = False) -> dict[str, str]:
    fixed = _SET if native else _SET | _COMMON_KERNELS
    if not sandboxed:
        return dict(os.environ) | fixed
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if site.ENABLE_USER_SITE:  # it lies in the home folder, which is another one there
        kept["PYTHONUSERBASE"] = site.getuserbase()
    return kept | fixed | {"HOME": str(folder), "TMPDIR": str(folder)}
