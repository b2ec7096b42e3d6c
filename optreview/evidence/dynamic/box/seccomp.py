"""Seccomp: system calls that no measurement needs fail with an error, whoever makes them.

Not a list of what is allowed, which would break the next release of some library, but of what reaches beyond
the box: other programs, sockets, other processes, mounts, namespaces, attributes of files (which Landlock
does not guard), keys, the kernel itself. Sources: seccomp(2), linux/bpf_common.h, asm/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from typing import TYPE_CHECKING

from optreview.evidence.dynamic.box.calls import DENIED, FORKS, NUMBERS, SIGNALS, SOCKET

if TYPE_CHECKING:
    from collections.abc import Iterable

_PR_SET_SECCOMP, _FILTER = 22, 2
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
#: On x86-64, the calls of the x32 interface have this bit.
_X32 = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN, _JUMP = 0x20, 0x15, 0x35, 0x45, 0x06, 0x05
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
#: The bits of a kind of socket that a stream has not; a raw one of this machine is a datagram.
_LOCAL, _NO_STREAM = 1, 0xE
_THREAD = 0x00010000
_NEW_NAMESPACES = 0x7E020000

#: Of a filter: what to do, where to go on if a test holds and if not, and with which number.
Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def deny_reaching_out(*, local_sockets: bool, signals: bool) -> None:
    """Deny what reaches beyond the box, for good.

    Args:
        local_sockets: Allow sockets of this machine, though not to connect them.
        signals: Deny sending signals at all, where nothing else keeps them inside.

    Raises:
        OSError: The kernel refuses, or this is no processor whose system calls are known.
    """
    _install(against_reaching_out(_machine(), local_sockets=local_sockets, signals=signals))


def deny_processes() -> None:
    """Deny new processes; threads go on. As at a limit on their number, the error says to try again.

    Raises:
        OSError: The kernel refuses, or this is no processor whose system calls are known.
    """
    _install(against_processes(_machine()))


def against_reaching_out(machine: str, *, local_sockets: bool, signals: bool) -> list[Instruction]:
    """The filter of ``deny_reaching_out``."""
    column = _column(machine)
    denied = DENIED | (SIGNALS if signals else {}) | ({} if local_sockets else SOCKET)
    program = _prologue(machine) + _denied(column, denied.values(), errno.EPERM)
    program += _only(NUMBERS["clone3"][column], [(_RETURN, 0, 0, _FAIL | errno.ENOSYS)])
    namespaces = _argument(0, _ANY_BIT, _NEW_NAMESPACES, errno.EPERM, hit=True)
    program += _only(NUMBERS["clone"][column], namespaces)
    local = _argument(0, _EQUAL, _LOCAL, errno.EPERM, hit=False)
    program += _only(SOCKET["socket"][column], local)
    # Others than streams can be sent to an address without being connected.
    pair = _argument(1, _ANY_BIT, _NO_STREAM, errno.EPERM, hit=True)
    program += _only(NUMBERS["socketpair"][column], pair)
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def against_processes(machine: str) -> list[Instruction]:
    """The filter of ``deny_processes``."""
    column = _column(machine)
    program = _prologue(machine) + _denied(column, FORKS.values(), errno.EAGAIN)
    program += _only(NUMBERS["clone3"][column], [(_RETURN, 0, 0, _FAIL | errno.ENOSYS)])
    program += _only(NUMBERS["clone"][column], _argument(0, _ANY_BIT, _THREAD, errno.EAGAIN, hit=False))
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _machine() -> str:
    """This processor.

    Raises:
        OSError: Its system calls are not known.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _ARCHITECTURES:
        raise OSError(0, f"not on {platform.system()} {machine}")
    return machine


def _column(machine: str) -> int:
    """Which of the two numbers of a call holds there."""
    return list(_ARCHITECTURES).index(machine)


def _prologue(machine: str) -> list[Instruction]:
    """Calls of another interface than the native one, such as 32-bit ones, do not exist."""
    native = _ARCHITECTURES[machine]
    missing = (_RETURN, 0, 0, _FAIL | errno.ENOSYS)
    program = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, native), missing, (_LOAD, 0, 0, _NUMBER)]
    return [*program, (_AT_LEAST, 0, 1, _X32), missing] if native == _ARCHITECTURES["x86_64"] else program


def _denied(column: int, calls: Iterable[tuple[int | None, int | None]], error: int) -> list[Instruction]:
    """Each call that this processor has fails with the error."""
    numbers = sorted(number for call in calls if (number := call[column]) is not None)
    count = len(numbers)
    tests = [(_EQUAL, count - index, 0, number) for index, number in enumerate(numbers)]
    # Every hit jumps to the last instruction; what falls through jumps over it.
    return [*tests, (_JUMP, 0, 0, 1), (_RETURN, 0, 0, _FAIL | error)]


def _only(number: int | None, body: list[Instruction]) -> list[Instruction]:
    """Instructions for one call only; they end by returning."""
    return [(_EQUAL, 0, len(body), number or 0), *body] if number is not None else []


def _argument(index: int, test: int, value: int, error: int, *, hit: bool) -> list[Instruction]:
    """Fail when the test of an argument's low half comes out as ``hit``, else allow."""
    answers = [(_RETURN, 0, 0, _FAIL | error), (_RETURN, 0, 0, _ALLOW)]
    jumps = (0, 1) if hit else (1, 0)
    return [(_LOAD, 0, 0, _ARGUMENTS + 8 * index), (test, *jumps, value), *answers]


def _install(program: list[Instruction]) -> None:
    code = b"".join(struct.pack("=HBBI", *each) for each in program)
    libc = ctypes.CDLL(None, use_errno=True)
    holder = _Program(len(code) // 8, code)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(holder), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
