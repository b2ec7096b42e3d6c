"""An optimizer that tries what the box must deny, and says on import what it was not denied.

Its parameters stand in ``prying.json`` beside it: reading that is allowed. ``attempts`` names what has to
succeed; without any, everything is tried and has to fail.
"""

import ctypes
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
TOLD = json.loads((HERE / "prying.json").read_text())
HOME, CALLER, MARK = Path(TOLD["home"]), TOLD["caller"], TOLD["mark"]
SECRET, SHADOW, SELF = HOME / ".ssh" / "id_ed25519", Path("/etc/shadow"), Path(__file__)


def environments() -> None:
    """The environment of every process in sight, one of which holds a secret."""
    texts = []
    for folder in Path("/proc").iterdir():
        try:
            texts.append((folder / "environ").read_bytes())
        except OSError:
            continue
    if not any(MARK.encode() in text for text in texts):
        raise OSError("not there")


def call(number: int, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), "denied")


def start() -> None:
    os.execv("/bin/sh", ["sh", "-c", f"echo > {HERE}/started"])


def datagram() -> None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        socket.socketpair(type=kind)


ATTEMPTS: dict[str, Callable[[], object]] = {
    "read a secret": SECRET.read_text,
    "list the folder of secrets": lambda: next(SECRET.parent.iterdir()),
    "read another file": (HOME / "notes.txt").read_text,
    "read the passwords": SHADOW.read_text,
    "read the caller's environment": lambda: Path(f"/proc/{CALLER}/environ").read_bytes(),
    "read all environments": environments,
    "see the mark": lambda: os.environ[MARK],
    "create a file": (HERE / "created").touch,
    "create a folder": (HERE / "folder").mkdir,
    "create a file in /tmp": lambda: Path("/tmp/optreview-was-here").touch(),
    "append to itself": lambda: SELF.open("a"),
    "empty itself": lambda: os.truncate(SELF, 0),
    "delete itself": SELF.unlink,
    "rename itself": lambda: SELF.rename(HERE / "renamed.py"),
    "link a secret": lambda: (HERE / "link").symlink_to(SECRET),
    "change rights": lambda: SELF.chmod(0o777),
    "change times": lambda: os.utime(SELF, (0, 0)),
    "open a socket": socket.socket,
    "open a local socket": lambda: socket.socket(socket.AF_UNIX),
    "open a pair of datagram sockets": datagram,
    "start a program": start,
    "signal the caller": lambda: os.kill(CALLER, signal.SIGWINCH),
    "trace the caller": lambda: call({"x86_64": 101}.get(os.uname().machine, 117), 16, CALLER, 0, 0),
    "leave for a namespace": lambda: call({"x86_64": 272}.get(os.uname().machine, 97), 0x10000000),
    "use io_uring": lambda: call(425, 1, ctypes.create_string_buffer(256)),
}

done = []
for name in TOLD["attempts"] or ATTEMPTS:
    try:
        ATTEMPTS[name]()
    except (OSError, KeyError):
        continue
    done.append(name)
if done != TOLD["attempts"]:
    raise RuntimeError(f"{len(done)}: {', '.join(done)}")


class Hostile(torch.optim.SGD):
    """Harmless from here on."""
