"""The template process: torch is imported once, then every job gets a fork of it.

It runs no reviewed code, stays single-threaded (a fork after a parallel operation hangs), listens to one
socket, and ends when that socket closes. Started as ``python -c BOOTSTRAP`` by ``template.py``.
"""

from __future__ import annotations

import gc
import os
import platform
import select
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil
import torch

from optreview.evidence.dynamic import box, job
from optreview.evidence.dynamic.box import reach
from optreview.evidence.dynamic.box.descriptors import close_all
from optreview.evidence.dynamic.box.parenthood import adopt_orphans
from optreview.evidence.dynamic.phases import write_all
from optreview.evidence.dynamic.scale import device as simulated
from optreview.evidence.dynamic.trials import interview
from optreview.evidence.dynamic.warming import warm_up
from optreview.evidence.dynamic.watch import Watch
from optreview.evidence.dynamic.wire import (
    LARGEST_REQUEST,
    Compare,
    Describe,
    End,
    Ended,
    Enumerate,
    Exited,
    Follow,
    Frames,
    Measure,
    Ready,
    Reference,
    Rehearse,
    Request,
    ScaleReference,
    Setup,
    Time,
    Train,
    Work,
    frame,
    read_request,
)
from optreview.records import Box, Environment
from optreview.records.surroundings import SWITCHED_OFF

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds between two looks at how many processes there are: a fork bomb doubles in about this time.
_WATCH = 0.05
_CHUNK, _SEVERAL = 1 << 16, 2
#: What is done for requests that are handed on whole.
_WORK: dict[type, Callable[..., None]] = {
    Compare: job.compare,
    Follow: job.follow,
    Rehearse: job.run_scripts,
    Time: job.time,
    Train: job.train,
}


class Template:
    """Forks a boxed child for every request and leaves nothing of it behind."""

    def __init__(self, control: socket.socket, setup: Setup) -> None:
        self._control = control
        self._limits = setup.limits
        self._simulates = setup.simulates
        self._device = _device(setup.device)
        self._home = Path(setup.home)
        self._readable = reach.everyone(self._home, self._device)
        self._folder = Path.cwd()
        self._child: int | None = None
        self._taken: Watch | None = None
        self._interviews = 0
        self._subreaper = adopt_orphans()
        self._alarm, alarm = os.pipe()
        os.set_blocking(self._alarm, False)
        os.set_blocking(alarm, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Answer requests until the other end of the socket is gone."""
        self._say(Ready(environment=_environment(self._device), box=self._try_box()))
        if self._simulates:
            simulated.warm_up()
            gc.freeze()
        frames = Frames(LARGEST_REQUEST)
        held: list[int] = []  # a descriptor comes with the first part of its request
        while True:
            waiting: list[socket.socket | int] = [self._control, self._alarm]
            ready, _, _ = select.select(waiting, [], [], _WATCH if self._child else None)
            if self._alarm in ready:
                os.read(self._alarm, _CHUNK)
            self._watch()
            if self._control in ready:
                data, descriptors, _, _ = socket.recv_fds(self._control, _CHUNK, 1)
                if not data:
                    return
                held += descriptors
                for payload in frames.feed(data):
                    self._answer(read_request.decode(payload), held)
                    held.clear()

    def _answer(self, request: Request, descriptors: list[int]) -> None:
        if not isinstance(request, End):
            self._prepare(request)
            self._child = self._fork(request, descriptors[0])
            os.close(descriptors[0])
        else:
            self.end_child()
            self._say(Ended())

    def _prepare(self, request: Work) -> None:
        """Where probes are asked more than once, what they all need is imported here, before the second time.

        The first time, it is imported by a process of its own while others measure.
        """
        if isinstance(request, Measure) and request.job.probes != ():
            self._interviews += 1
            if self._interviews == _SEVERAL:
                interview.warm_up()
                gc.collect()
                gc.freeze()

    def _fork(self, request: Work, reply: int) -> int:
        folder = self._folder / "box"
        folder.mkdir(exist_ok=True)
        self._taken = Watch(self._limits)
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                self._enter_box(folder, reply, request)
                self._work(request, reply)
                status = 0
            finally:
                os._exit(status)
        return pid

    def _enter_box(self, folder: Path, reply: int, request: Work | None = None) -> Box:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        close_all(keep=reply)
        readable = [*self._readable]
        if isinstance(request, Measure | Follow | Compare | Time):
            readable += reach.target(request.job.target, self._home)
        elif isinstance(request, Train):
            readable += reach.target(request.job.target, self._home) if request.job else ()
        elif isinstance(request, Describe | Enumerate | Rehearse):
            readable += reach.target(request.target, self._home)
        if isinstance(request, Follow) and request.instead:
            readable.append(reach.file(Path(request.instead)))
        return box.enter(self._limits, self._device, folder, readable)

    def _work(self, request: Work, reply: int) -> None:
        def send(message: msgspec.Struct) -> None:
            write_all(reply, frame(message))

        if (work := _WORK.get(type(request))) is not None:
            work(request, self._device, self._limits, send)
        elif isinstance(request, Measure):
            job.perform(request.job, self._device, self._limits, send)
        elif isinstance(request, Describe):
            job.describe(request, self._limits, send)
        elif isinstance(request, Enumerate):
            job.list_registry(request, self._limits, send)
        elif isinstance(request, ScaleReference):
            job.refer_at_scale(request, send)
        elif isinstance(request, Reference):
            job.refer(request, self._device, send)

    def _watch(self) -> None:
        """Notice that the child has ended, or that it takes too much."""
        if self._child is None:
            return
        done, status = os.waitpid(self._child, os.WNOHANG)
        if done:
            self._child = None
            self._say(Exited(status=os.waitstatus_to_exitcode(status)))
        elif self._taken is not None and (excess := self._taken.excess()) is not None:
            self._say(Exited(status=-signal.SIGKILL, excess=excess))
            self.end_child()

    def end_child(self) -> None:
        """Kill the child, its group and every descendant, and wait until all are gone."""
        if self._child is not None:
            _kill(self._child, group=True)
        while descendants := psutil.Process().children(recursive=True):
            for process in descendants:
                _kill(process.pid, group=False)
            _reap()
        _reap()
        self._child = None
        shutil.rmtree(self._folder / "box", ignore_errors=True)

    def _try_box(self) -> Box:
        """Box in a child that does nothing, to learn what this platform grants."""
        reading, writing = os.pipe()
        folder = self._folder / "box"
        folder.mkdir(exist_ok=True)
        pid = os.fork()
        if pid == 0:
            try:
                write_all(writing, msgspec.json.encode(self._enter_box(folder, writing)))
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            found = msgspec.json.decode(stream.read(), type=Box)
        os.waitpid(pid, 0)
        return self._with_own(found)

    def _with_own(self, found: Box) -> Box:
        """Add the protections that do not come from inside the child."""
        limits = self._limits
        inactive = [*found.inactive]
        if not limits.sandboxed:
            inactive.append(f"environment scrubbed: {SWITCHED_OFF}")
        if not self._subreaper:
            inactive.append("orphans killed: only on Linux")
        active = (
            f"wall-clock limit {limits.wall_seconds:g} s, {limits.total_seconds:g} s in all",
            f"ended beyond {limits.processes} processes",
            *(("environment scrubbed",) if limits.sandboxed else ()),
            "output discarded",
            "temporary working folder",
            *(("orphans killed",) if self._subreaper else ()),
        )
        return Box(active=active + found.active, inactive=tuple(inactive))

    def _say(self, message: msgspec.Struct) -> None:
        self._control.sendall(frame(message))


def _kill(pid: int, *, group: bool) -> None:
    try:
        if group:
            os.killpg(pid, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _device(wanted: str) -> str:
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def _environment(device: str) -> Environment:
    return Environment(
        python=".".join(platform.python_version_tuple()[:2]),
        torch=torch.__version__.partition("+")[0],
        system=f"{platform.system()} {platform.machine()}",
        device=device,
    )


def main() -> None:
    """Serve on the socket whose descriptor is the first argument, as the second says."""
    control = socket.socket(fileno=int(sys.argv[1]))
    setup = msgspec.json.decode(sys.argv[2], type=Setup)
    sys.argv = [sys.argv[0]]
    interview.probes()
    warm_up()
    sys.dont_write_bytecode = True  # nothing goes beside the files of others
    template = Template(control, setup)
    try:
        template.serve()
    finally:
        template.end_child()
        shutil.rmtree(Path.cwd(), ignore_errors=True)
        os._exit(0)  # everything is in order, and tearing torch down takes a quarter of a second


if __name__ == "__main__":
    main()
